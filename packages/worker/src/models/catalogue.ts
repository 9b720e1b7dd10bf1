import type { CatalogueEntry, Member } from './catalogue-entry.js';
import { ModelError } from './model-error.js';

/** Where sherpa-onnx publishes models. */
const RELEASES = 'https://github.com/k2-fsa/sherpa-onnx/releases/download/asr-models';

/** The model that is fetched when nobody names one. */
export const DEFAULT_MODEL = 'moonshine-tiny-en';

/**
 * The models that `npm run model` knows: few, so that each can be told from the next. Checksums of archives are those
 * that the archives have been pinned to by independent installers; that of the wheel was computed from the wheel
 * itself (docs/decisions/0018).
 */
export const CATALOGUE: readonly CatalogueEntry[] = [
  {
    name: DEFAULT_MODEL,
    kind: 'offline-moonshine-merged',
    languages: ['en'],
    // The decoder fails, without an error, on more than 384 encoder frames of 24 ms.
    maxSegmentSeconds: 9,
    licence: 'MIT',
    defaultFor: 'en',
    sources: [
      {
        kind: 'wheel',
        package: 'moonshine-voice',
        version: '0.0.44',
        platform: 'manylinux_2_34_x86_64',
        bytes: 84_884_737,
        sha256: 'fddc2fd384b13592bbfb6e57cda8d37624ca5c95c0e83439c93a5caac0f4a730',
        members: members('moonshine_voice/assets/tiny-en', {
          encoder: 'encoder_model.ort',
          mergedDecoder: 'decoder_model_merged.ort',
          tokens: { path: 'tokenizer.bin', convert: 'moonshine-tokens' },
        }),
      },
      release('sherpa-onnx-moonshine-tiny-en-quantized-2026-02-27', {
        bytes: 29_858_559,
        sha256: '9ec31b342d8fa3240c3b81b8f82e1cf7e3ac467c93ca5a999b741d5887164f8d',
        files: {
          encoder: 'encoder_model.ort',
          mergedDecoder: 'decoder_model_merged.ort',
          tokens: 'tokens.txt',
        },
      }),
    ],
  },
  {
    name: 'zipformer-en-20m',
    kind: 'online-transducer',
    languages: ['en'],
    upperCase: true,
    licence: 'Apache-2.0',
    sources: [
      release('sherpa-onnx-streaming-zipformer-en-20M-2023-02-17', {
        bytes: 127_887_156,
        sha256: '9c559283e8498d3fe95913c79ca1cb454bb26281ac2b102b41306c7d752765d9',
        files: {
          encoder: 'encoder-epoch-99-avg-1.int8.onnx',
          decoder: 'decoder-epoch-99-avg-1.onnx',
          joiner: 'joiner-epoch-99-avg-1.int8.onnx',
          tokens: 'tokens.txt',
        },
      }),
    ],
  },
  {
    name: 'zipformer-zh-en',
    kind: 'online-transducer',
    languages: ['zh', 'en'],
    upperCase: true,
    hotWords: 'cjkchar+bpe',
    licence: 'Apache-2.0',
    defaultFor: 'zh-en',
    sources: [
      release('sherpa-onnx-streaming-zipformer-bilingual-zh-en-2023-02-20', {
        bytes: 511_274_346,
        sha256: '27ffbd9ee24ad186d99acc2f6354d7992b27bcab490812510665fa8f9389c5f8',
        files: {
          encoder: 'encoder-epoch-99-avg-1.int8.onnx',
          decoder: 'decoder-epoch-99-avg-1.onnx',
          joiner: 'joiner-epoch-99-avg-1.int8.onnx',
          tokens: 'tokens.txt',
          bpe: { path: 'bpe.vocab', optional: true },
        },
      }),
    ],
  },
  {
    name: 'sense-voice',
    kind: 'offline-sense-voice',
    languages: ['zh', 'en', 'ja', 'ko', 'yue'],
    licence: 'FunASR Model License 1.1',
    sources: [
      release('sherpa-onnx-sense-voice-zh-en-ja-ko-yue-int8-2024-07-17', {
        bytes: 163_002_883,
        sha256: '7d1efa2138a65b0b488df37f8b89e3d91a60676e416f515b952358d83dfd347e',
        files: { model: 'model.int8.onnx', tokens: 'tokens.txt' },
      }),
    ],
  },
];

/** @throws ModelError naming the models that there are. */
export function findEntry(name: string, catalogue: readonly CatalogueEntry[] = CATALOGUE): CatalogueEntry {
  const entry = catalogue.find((each) => each.name === name);
  if (entry !== undefined) return entry;
  const names = catalogue.map((each) => each.name).join(', ');
  throw new ModelError(`there is no model ${name}; there are: ${names}`);
}

type Files = Readonly<Record<string, string | Omit<Member, 'part'>>>;

/** An archive of sherpa-onnx, whose one folder has the archive's name. */
function release(name: string, { bytes, sha256, files }: { bytes: number; sha256: string; files: Files }) {
  const url = `${RELEASES}/${name}.tar.bz2`;
  return { kind: 'https', url, bytes, sha256, members: members(name, files) } as const;
}

function members(folder: string, files: Files): Member[] {
  return Object.entries(files).map(([part, file]) => {
    const { path, ...rest } = typeof file === 'string' ? { path: file } : file;
    return { part, path: `${folder}/${path}`, ...rest };
  });
}
