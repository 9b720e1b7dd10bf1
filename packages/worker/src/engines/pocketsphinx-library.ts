import { existsSync } from 'node:fs';
import koffi, { type KoffiFunc } from 'koffi';

/** An address inside the library; only ever handed back to it. */
export type Pointer = { readonly opaque: unique symbol };

type Native<Call extends (...args: never[]) => unknown> = KoffiFunc<Call>;

/** The calls of `libpocketsphinx.so.3` and `libsphinxbase.so.3` (0.8+5prealpha) that recognition needs. */
export interface PocketsphinxLibrary {
  /** Sends the library's log to a file; 0 on success. */
  err_set_logfile: Native<(path: string) => number>;
  /** The settings that `ps_init` knows. */
  ps_args: Native<() => Pointer>;
  /** Settings from a command line; null when one is wrong. */
  cmd_ln_parse_r: Native<
    (previous: null, known: Pointer, count: number, words: string[], strict: number) => Pointer | null
  >;
  ps_init: Native<(settings: Pointer) => Pointer | null>;
  /** Loads the model again (settings null: the same ones); 0 on success. */
  ps_reinit: Native<(decoder: Pointer, settings: null) => number>;
  ps_free: Native<(decoder: Pointer) => number>;
  ps_start_utt: Native<(decoder: Pointer) => number>;
  /** Takes samples; `fullUtterance` 1 when these are all of the utterance. Below 0 on failure. */
  ps_process_raw: Native<
    (decoder: Pointer, pcm: Int16Array, samples: number, noSearch: number, fullUtterance: number) => number
  >;
  ps_end_utt: Native<(decoder: Pointer) => number>;
  /** Best hypothesis so far without fillers; null when there is none. */
  ps_get_hyp: Native<(decoder: Pointer, score: null) => string | null>;
  /** First word of the best hypothesis, fillers included; null when there is none. */
  ps_seg_iter: Native<(decoder: Pointer) => Pointer | null>;
  /** Next word, or null at the end, where it frees the iterator. */
  ps_seg_next: Native<(word: Pointer) => Pointer | null>;
  ps_seg_word: Native<(word: Pointer) => string>;
  /** First and last frame of the word, both inclusive. */
  ps_seg_frames: Native<(word: Pointer, first: [number], last: [number]) => void>;
  /** Posterior probability of the word, as a logarithm in the decoder's own base. */
  ps_seg_prob: Native<(word: Pointer, acoustic: null, language: null, backoff: null) => number>;
  ps_get_logmath: Native<(decoder: Pointer) => Pointer>;
  logmath_exp: Native<(logmath: Pointer, logarithm: number) => number>;
}

/** Debian's US English model, and the files in it that are needed. */
const MODEL = '/usr/share/pocketsphinx/model/en-us';
export const MODEL_FILES = {
  acoustic: `${MODEL}/en-us`,
  language: `${MODEL}/en-us.lm.bin`,
  dictionary: `${MODEL}/cmudict-en-us.dict`,
} as const;

/** Native code runs on stacks that koffi makes; its 128 KiB for asynchronous calls is little for a decoder. */
const ASYNC_STACK_BYTES = 2 * 1024 * 1024;

/** Makes room for decoding; to be called before the process loads its first library. */
export function useDeepStacks(): void {
  koffi.config({ ...koffi.config(), async_stack_size: ASYNC_STACK_BYTES });
}

let loaded: PocketsphinxLibrary | undefined;

/**
 * Binds the library, once for the process. Nothing of it runs yet, so this is also the check whether it can be used.
 *
 * @throws Error that names the Debian packages to install.
 */
export function loadPocketsphinx(): PocketsphinxLibrary {
  if (loaded !== undefined) return loaded;
  const missing = Object.values(MODEL_FILES).find((path) => !existsSync(path));
  if (missing !== undefined) throw new Error(`pocketsphinx has no model (${missing}); ${INSTALL}`);
  try {
    loaded = bind();
    return loaded;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`pocketsphinx cannot be loaded (${why}); ${INSTALL}`, { cause });
  }
}

const INSTALL = 'install it with: apt-get install libpocketsphinx3 pocketsphinx-en-us';

function bind(): PocketsphinxLibrary {
  const base = koffi.load('libsphinxbase.so.3');
  const sphinx = koffi.load('libpocketsphinx.so.3');
  return {
    err_set_logfile: base.func('int err_set_logfile(const char *path)'),
    cmd_ln_parse_r: base.func(
      'void *cmd_ln_parse_r(void *previous, void *known, int32_t count, const char **words, int32_t strict)',
    ),
    logmath_exp: base.func('double logmath_exp(void *logmath, int logarithm)'),
    ps_args: sphinx.func('void *ps_args(void)'),
    ps_init: sphinx.func('void *ps_init(void *settings)'),
    ps_reinit: sphinx.func('int ps_reinit(void *decoder, void *settings)'),
    ps_free: sphinx.func('int ps_free(void *decoder)'),
    ps_start_utt: sphinx.func('int ps_start_utt(void *decoder)'),
    ps_process_raw: sphinx.func(
      'int ps_process_raw(void *decoder, const int16_t *pcm, size_t samples, int no_search, int full)',
    ),
    ps_end_utt: sphinx.func('int ps_end_utt(void *decoder)'),
    ps_get_hyp: sphinx.func('const char *ps_get_hyp(void *decoder, void *score)'),
    ps_seg_iter: sphinx.func('void *ps_seg_iter(void *decoder)'),
    ps_seg_next: sphinx.func('void *ps_seg_next(void *word)'),
    ps_seg_word: sphinx.func('const char *ps_seg_word(void *word)'),
    ps_seg_frames: sphinx.func('void ps_seg_frames(void *word, _Out_ int *first, _Out_ int *last)'),
    ps_seg_prob: sphinx.func(
      'int32_t ps_seg_prob(void *word, void *acoustic, void *language, void *backoff)',
    ),
    ps_get_logmath: sphinx.func('void *ps_get_logmath(void *decoder)'),
  };
}
