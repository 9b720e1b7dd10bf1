import { readFile } from 'node:fs/promises';
import { isAbsolute, join, normalize } from 'node:path';
import { z } from 'zod';

/**
 * What sherpa-onnx can load, and the files each kind is made of, by the part they play. A part with a question mark
 * may be missing. Kinds that begin with `online-` give text while the audio still comes.
 */
export const MODEL_KINDS = {
  'online-transducer': ['encoder', 'decoder', 'joiner', 'tokens', 'bpe?'],
  'online-paraformer': ['encoder', 'decoder', 'tokens'],
  'online-zipformer2-ctc': ['model', 'tokens'],
  'online-nemo-ctc': ['model', 'tokens'],
  'offline-transducer': ['encoder', 'decoder', 'joiner', 'tokens', 'bpe?'],
  'offline-nemo-transducer': ['encoder', 'decoder', 'joiner', 'tokens'],
  'offline-nemo-ctc': ['model', 'tokens'],
  'offline-zipformer-ctc': ['model', 'tokens'],
  'offline-paraformer': ['model', 'tokens'],
  'offline-sense-voice': ['model', 'tokens'],
  'offline-whisper': ['encoder', 'decoder', 'tokens'],
  /** Version 1: four networks. */
  'offline-moonshine': ['preprocessor', 'encoder', 'uncachedDecoder', 'cachedDecoder', 'tokens'],
  /** Version 2: an encoder and one decoder, `.onnx` or `.ort`. */
  'offline-moonshine-merged': ['encoder', 'mergedDecoder', 'tokens'],
} as const satisfies Record<string, readonly string[]>;

export type ModelKind = keyof typeof MODEL_KINDS;
export type StreamingKind = Extract<ModelKind, `online-${string}`>;

/** Name of the manifest beside a model's files. */
export const MANIFEST_FILE = 'model.json';

const insideFolder = z
  .string()
  .min(1)
  .refine(
    (path) => !isAbsolute(path) && !normalize(path).startsWith('..'),
    'lies outside of the model folder',
  );

/** `model.json`: what the files in a model's folder are. */
export const modelManifest = z
  .strictObject({
    /** As a client asks for it. */
    name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/),
    kind: z.enum(Object.keys(MODEL_KINDS) as [ModelKind, ...ModelKind[]]),
    /** Language codes such as `en` or `zh`; `*` stands for any. */
    languages: z.array(z.string().min(1)).min(1),
    /** Part of the model → path relative to the folder. */
    files: z.record(z.string(), insideFolder),
    /** How hot words are cut into the model's tokens; absent when it takes none. */
    hotWords: z.enum(['bpe', 'cjkchar', 'cjkchar+bpe']).optional(),
    /** Its text is in capitals only; it is shown in small letters (`formatText`). */
    upperCase: z.boolean().optional(),
    /** Longest segment, in seconds, that the model can hear; absent when it has no limit of its own. */
    maxSegmentSeconds: z.number().positive().optional(),
    licence: z.string().optional(),
  })
  .superRefine(({ kind, files, hotWords }, context) => {
    if (hotWords?.includes('bpe') && files.bpe === undefined) {
      context.addIssue({ code: 'custom', path: ['files', 'bpe'], message: `hotWords ${hotWords} needs it` });
    }
    const parts: readonly string[] = MODEL_KINDS[kind];
    for (const part of parts) {
      if (!part.endsWith('?') && files[part] === undefined) {
        context.addIssue({ code: 'custom', path: ['files', part], message: `${kind} needs it` });
      }
    }
    for (const part of Object.keys(files)) {
      if (!parts.includes(part) && !parts.includes(`${part}?`)) {
        context.addIssue({ code: 'custom', path: ['files', part], message: `${kind} has no such part` });
      }
    }
  });

export type ModelManifest = z.infer<typeof modelManifest>;

/** A model on disk. */
export interface InstalledModel extends ModelManifest {
  /** Absolute path of each part. */
  paths: Readonly<Record<string, string>>;
}

/** True for a model that gives text while the audio still comes. */
export function isStreaming<M extends Pick<ModelManifest, 'kind'>>(
  model: M,
): model is M & { kind: StreamingKind } {
  return model.kind.startsWith('online-');
}

/**
 * Reads the manifest of a model folder. Does not look at the other files.
 *
 * @throws Error that says what is wrong with the manifest, or that there is none.
 */
export async function readManifest(folder: string): Promise<InstalledModel> {
  const path = join(folder, MANIFEST_FILE);
  const parsed = modelManifest.safeParse(JSON.parse(await readFile(path, 'utf8')));
  if (!parsed.success) throw new Error(`${path}: ${z.prettifyError(parsed.error)}`);
  const paths = Object.fromEntries(
    Object.entries(parsed.data.files).map(([part, file]) => [part, join(folder, file)]),
  );
  return { ...parsed.data, paths };
}
