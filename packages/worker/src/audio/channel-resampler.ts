import { Resampler, type ResamplerPosition } from './resampler.js';
import { interleave } from './samples.js';

/** The frames of one or more channels of a stream to 16 kHz PCM, interleaved: a resampler for each. */
export class ChannelResampler {
  readonly #resamplers: readonly [Resampler, ...Resampler[]];

  constructor(channels: number, rateHz: number, from: ResamplerPosition) {
    const others = Array.from({ length: channels - 1 }, () => new Resampler(rateHz, from));
    this.#resamplers = [new Resampler(rateHz, from), ...others];
  }

  /** False when the rate is 16 kHz: frames are samples then. */
  get resamples(): boolean {
    return this.#resamplers[0].resamples;
  }

  /** First input frame that output `sample` and those behind it depend on. */
  firstFrameFor(sample: number): number {
    return this.#resamplers[0].firstFrameFor(sample);
  }

  /** Takes the next `[channels][n]` frames; returns the samples that no further frame can change. */
  push(planes: readonly Float32Array[]): Int16Array {
    return interleave(this.#resamplers.map((resampler, channel) => resampler.push(planes[channel]!)));
  }

  /** The end of the stream: the samples up to the last frame, as if silence followed. */
  flush(): Int16Array {
    return interleave(this.#resamplers.map((resampler) => resampler.flush()));
  }
}
