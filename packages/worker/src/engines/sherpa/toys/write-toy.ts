import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type InstalledModel,
  MANIFEST_FILE,
  type ModelManifest,
  readManifest,
} from '../../../models/manifest.js';
import { nemoCtc, zipformer2Ctc } from './ctc.js';
import { streamingParaformer } from './paraformer.js';
import { senseVoice } from './sense-voice.js';
import { streamingTransducer } from './transducer.js';
import { whisper } from './whisper.js';

/** How the notes are spelled. */
const CHINESE = ['他', '天', '大', '人', '山', '水'];
const ENGLISH = ['\u2581one', '\u2581two', '\u2581three', '\u2581four', '\u2581five', '\u2581six'];
/** Sounds like the first note. */
export const HOMOPHONE = '她';

interface Toy {
  manifest: Omit<ModelManifest, 'name' | 'files'>;
  networks: Readonly<Record<string, Uint8Array>>;
  /** In the order of their numbers. */
  tokens: readonly string[];
}

const TOYS = {
  'online-transducer': (): Toy => ({
    manifest: { kind: 'online-transducer', languages: ['zh'], hotWords: 'cjkchar' },
    networks: streamingTransducer(),
    tokens: ['<blk>', ...CHINESE, HOMOPHONE],
  }),
  'online-paraformer': (): Toy => ({
    manifest: { kind: 'online-paraformer', languages: ['zh'] },
    networks: streamingParaformer(),
    tokens: ['<blank>', '<s>', '</s>', ...CHINESE],
  }),
  'online-zipformer2-ctc': (): Toy => ({
    manifest: { kind: 'online-zipformer2-ctc', languages: ['en'] },
    networks: { model: zipformer2Ctc() },
    tokens: ['<blk>', ...ENGLISH],
  }),
  'online-nemo-ctc': (): Toy => ({
    manifest: { kind: 'online-nemo-ctc', languages: ['en'] },
    networks: { model: nemoCtc() },
    tokens: [...ENGLISH, '<blk>'],
  }),
  'offline-sense-voice': (): Toy => ({
    manifest: { kind: 'offline-sense-voice', languages: ['zh', 'en'] },
    networks: { model: senseVoice() },
    tokens: ['<blank>', ...CHINESE, ...ENGLISH, '<|zh|>', '<|NEUTRAL|>', '<|Speech|>', '<|withitn|>'],
  }),
  'offline-whisper': (): Toy => ({
    manifest: { kind: 'offline-whisper', languages: ['zh', 'en'] },
    networks: whisper(),
    tokens: [...CHINESE, ...ENGLISH].map((token) => Buffer.from(token).toString('base64')),
  }),
};

export type ToyKind = keyof typeof TOYS;
export const STREAMING_TOYS = Object.keys(TOYS).filter((kind) => kind.startsWith('online-')) as ToyKind[];

/** What a sequence of notes is written as by a model of this kind, in its first language unless told otherwise. */
export function spelled(kind: ToyKind, notes: readonly number[], language?: string): string {
  if ((language ?? TOYS[kind]().manifest.languages[0]) === 'zh')
    return notes.map((note) => CHINESE[note]).join('');
  return notes.map((note) => ENGLISH[note]!.slice(1)).join(' ');
}

/** Makes a model of this kind in a folder of its own below `modelsFolder`, as if it had been installed. */
export async function writeToy(kind: ToyKind, modelsFolder: string): Promise<InstalledModel> {
  const { manifest, networks, tokens } = TOYS[kind]();
  const name = `toy-${kind}`;
  const folder = join(modelsFolder, name);
  await mkdir(folder, { recursive: true });
  const files: Record<string, string> = { tokens: 'tokens.txt' };
  for (const [part, bytes] of Object.entries(networks)) {
    files[part] = `${part}.onnx`;
    await writeFile(join(folder, files[part]), bytes);
  }
  await writeFile(join(folder, 'tokens.txt'), tokens.map((token, id) => `${token} ${id}\n`).join(''));
  await writeFile(join(folder, MANIFEST_FILE), JSON.stringify({ name, ...manifest, files }));
  return await readManifest(folder);
}
