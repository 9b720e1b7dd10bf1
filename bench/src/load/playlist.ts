import type { Clip } from '@tributary/testkit';
import { BYTES_PER_SAMPLE, SAMPLE_RATE_HZ, type SpokenWord, type Utterance } from './utterance.js';

interface Track {
  readonly from: number;
  readonly to: number;
  readonly clip: Clip;
}

/** Recordings one after another, with pauses between, for recognisers that want real speech. */
export class Playlist implements Utterance {
  readonly samples: number;
  readonly #tracks: Track[] = [];
  readonly #pauseSamples: number;

  /**
   * @param first which of the clips comes first
   * @param leastSamples clips are added until it is so long; 0 is one clip
   */
  constructor(clips: readonly Clip[], first: number, leastSamples: number, pauseSeconds = 1) {
    if (clips.length === 0) throw new RangeError('a playlist needs recordings');
    this.#pauseSamples = Math.round(pauseSeconds * SAMPLE_RATE_HZ);
    let at = 0;
    for (let n = first; this.#tracks.length === 0 || at < leastSamples; n++) {
      const clip = clips[n % clips.length] as Clip;
      const to = at + Math.floor(clip.wav.pcm.length / BYTES_PER_SAMPLE);
      this.#tracks.push({ from: at, to, clip });
      at = to + this.#pauseSamples;
    }
    this.samples = at;
  }

  slice(from: number, to: number): Buffer {
    const bytes = Buffer.alloc((to - from) * BYTES_PER_SAMPLE);
    for (const track of this.#tracks) {
      const begin = Math.max(from, track.from);
      const end = Math.min(to, track.to);
      if (begin >= end) continue;
      const { pcm } = track.clip.wav;
      pcm.copy(
        bytes,
        (begin - from) * BYTES_PER_SAMPLE,
        (begin - track.from) * BYTES_PER_SAMPLE,
        (end - track.from) * BYTES_PER_SAMPLE,
      );
    }
    return bytes;
  }

  /** The end of the recording, and its pause, that is being played: half a sentence has no reference. */
  endAfter(sample: number): number {
    const track = this.#tracks.find(({ to }) => to + this.#pauseSamples >= sample);
    return track === undefined ? this.samples : track.to + this.#pauseSamples;
  }

  get words(): SpokenWord[] {
    const sample = (track: Track, seconds: number): number =>
      track.from + Math.round(seconds * SAMPLE_RATE_HZ);
    return this.#tracks.flatMap((track) =>
      track.clip.words.map(({ word, start, end }) => ({
        word,
        start: sample(track, start),
        end: sample(track, end),
      })),
    );
  }

  reference(samples: number): string {
    return this.#tracks
      .filter(({ to }) => to <= samples)
      .map(({ clip }) => clip.reference)
      .join(' ');
  }
}
