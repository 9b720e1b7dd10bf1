import { type CodedFormat, TributaryError } from '@tributary/shared';
import type { AudioDecoder } from './audio-decoder.js';
import { ChannelResampler } from './channel-resampler.js';
import { MAX_CHUNK_SECONDS, tooMuchAudio } from './chunk-limit.js';
import type { Codec } from './codecs/codec.js';
import { codecFor } from './codecs/codecs.js';
import { parseOpusHead } from './codecs/opus-head.js';
import { undecodable } from './codecs/wasm-exports.js';
import type { Demuxer, Part } from './containers/demuxer.js';
import { openDemuxer } from './containers/open-demuxer.js';
import type { BytePlace } from './frame-cutter.js';
import { joinPcm } from './join.js';
import { PacketHistory } from './packet-history.js';
import { isCoded, type StreamPosition } from './stream-position.js';

/** Where a decoder has to start so as to give the samples that depend on frame `from` and those behind it. */
interface Start extends BytePlace {
  from: number;
  /** The first frame of the first packet there. */
  frame: number;
  format: CodedFormat | null;
}

/** What one recording in the stream is decoded with. */
interface Recording {
  format: CodedFormat;
  codec: Codec;
  history: PacketHistory;
  /** Frames before this one are not meant to be heard. */
  firstFrame: number;
}

const NONE = new Int16Array(0);

/**
 * Decodes compressed audio in a container, in slices cut anywhere, to 16 kHz, mono unless `separate`. A decoder started `from` a position
 * of another gives the very same samples from there on: positions lie at the beginning of a block's run-up (see
 * `PacketHistory`), so up to some 2.2 seconds before the sample that is to be given out first.
 *
 * A header that comes again begins a new recording whose samples follow those of the one before.
 */
export class CodedDecoder implements AudioDecoder {
  readonly #from: StreamPosition | null;
  readonly #demuxer: Demuxer;
  readonly #separate: boolean;
  #recording: Recording | null = null;
  #resampler: ChannelResampler | null = null;
  /** First frame of the next packet. */
  #frame: number;
  #starts: Start[];
  #nextChunk: number;
  #discard: number;
  #sample: number;
  #forgotten: number;
  #failure: TributaryError | null = null;
  #ended = false;

  constructor(container: CodedFormat['container'], from: StreamPosition | null, separate = false) {
    const known = from !== null && isCoded(from.format) ? from.format : null;
    this.#from = from;
    this.#separate = separate;
    this.#demuxer = openDemuxer(container, known);
    this.#frame = from?.frame ?? 0;
    this.#nextChunk = from?.chunk ?? 0;
    this.#discard = from?.skip ?? 0;
    this.#sample = from?.sample ?? 0;
    this.#forgotten = this.#sample;
    const { chunk, byte } = { chunk: 0, byte: 0, ...from };
    this.#starts = [{ from: Number.NEGATIVE_INFINITY, frame: this.#frame, chunk, byte, format: known }];
    if (known !== null) this.#record(known, Number.NEGATIVE_INFINITY);
  }

  get sample(): number {
    return this.#sample;
  }

  get channels(): number {
    return this.#recording?.codec.channels ?? 1;
  }

  get format(): CodedFormat | null {
    return this.#recording?.format ?? null;
  }

  get failure(): TributaryError | null {
    return this.#failure;
  }

  /** The next packet is found without counting. */
  get bytesToFrame(): number {
    return 0;
  }

  push(chunkIndex: number, audio: Uint8Array): Int16Array {
    if (this.#from !== null && chunkIndex < this.#from.chunk) return NONE;
    if (this.#ended) throw new RangeError('the stream has been flushed');
    if (chunkIndex < this.#nextChunk) throw new RangeError(`chunk ${chunkIndex} was already decoded`);
    this.#nextChunk = chunkIndex + 1;
    if (this.#failure !== null) return NONE;
    const byte = chunkIndex === this.#from?.chunk ? Math.min(this.#from.byte, audio.length) : 0;
    return this.#collect((out) => {
      this.#demuxer.append({ chunk: chunkIndex, byte, bytes: audio.subarray(byte) });
      let seconds = 0;
      for (let part = this.#demuxer.next(); part !== null; part = this.#demuxer.next()) {
        seconds += this.#take(part, out);
        if (seconds > MAX_CHUNK_SECONDS) throw tooMuchAudio();
      }
    });
  }

  /** The end of the stream: the last packet where only the end shows that it is whole, and the resampler's tail. */
  flush(): Int16Array {
    if (this.#ended) return NONE;
    this.#ended = true;
    const out = this.#collect((pieces) => {
      if (this.#failure !== null) return;
      for (let part = this.#demuxer.end(); part !== null; part = this.#demuxer.end())
        this.#take(part, pieces);
    });
    this.#recording?.history.close();
    const tail = this.#resampler === null ? NONE : this.#give([this.#resampler.flush()]);
    return tail.length === 0 ? out : joinPcm([out, tail]);
  }

  positionOf(sample: number): StreamPosition {
    if (sample > this.#sample || sample < this.#forgotten) {
      throw new RangeError(`sample ${sample} is not within ${this.#forgotten} to ${this.#sample}`);
    }
    const { frame, chunk, byte, format } = this.#startFor(sample);
    const resampled = this.#resampler?.resamples ?? false;
    const atStart = this.#from !== null && sample === this.#from.sample && this.#starts.length === 1;
    const skip = atStart ? this.#from!.skip : resampled ? 0 : sample - frame;
    return { chunk, byte, skip, frame, sample, format };
  }

  forget(sample: number): void {
    this.#forgotten = Math.max(this.#forgotten, Math.min(sample, this.#sample));
    const keep = this.#starts.indexOf(this.#startFor(this.#forgotten));
    this.#starts.splice(0, keep);
  }

  #startFor(sample: number): Start {
    const frame = this.#resampler?.firstFrameFor(sample) ?? sample;
    return this.#starts.findLast((start) => start.from <= frame) ?? this.#starts[0]!;
  }

  /** Runs `decode` up to the first thing that is broken; what was decoded before that stays. */
  #collect(decode: (out: Int16Array[]) => void): Int16Array {
    const out: Int16Array[] = [];
    try {
      decode(out);
    } catch (error) {
      if (!(error instanceof TributaryError)) throw error;
      this.#failure = error;
    }
    return this.#give(out);
  }

  /** Decodes a packet or begins a recording; returns the seconds of audio that this was, of all channels together. */
  #take(part: Part, out: Int16Array[]): number {
    if (part.kind === 'header') {
      this.#begin(part.format, part.place);
      return 0;
    }
    const recording = this.#recording;
    if (recording === null) throw undecodable('audio before its header');
    const { codec, history, firstFrame, format } = recording;
    const first = this.#frame;
    // Counted first, so that it is known how long the packet lasts whatever becomes of it.
    const frames = codec.frames(part.bytes);
    const planes = history.decode(part.bytes, first, part.place, ({ from, frame, place }) => {
      this.#starts.push({ from, frame, ...place, format });
    });
    this.#frame += frames;
    const before = Math.max(0, Math.min(frames, firstFrame - first));
    const heard = before === 0 ? planes : planes.map((plane) => plane.subarray(before));
    out.push(this.#resampler!.push(heard));
    return (frames / codec.rateHz) * format.channels;
  }

  #begin(format: CodedFormat, place: BytePlace): void {
    const earlier = this.#recording?.format ?? null;
    // A recording that broke off before its first frame to be heard has not begun.
    this.#frame = Math.max(this.#frame, this.#recording?.firstFrame ?? this.#frame);
    const sameChannels = !this.#separate || earlier?.channels === format.channels;
    if (earlier !== null && !(sameChannels && earlier.sampleRateHz === format.sampleRateHz)) {
      throw undecodable('the format changes within one stream');
    }
    this.#recording?.history.close();
    this.#starts.push({ from: this.#frame, frame: this.#frame, ...place, format: earlier });
    const firstFrame = this.#frame;
    this.#frame -= preSkipOf(format);
    this.#record(format, firstFrame);
  }

  #record(format: CodedFormat, firstFrame: number): void {
    const codec = codecFor(format, this.#separate);
    this.#recording = { format, codec, history: new PacketHistory(codec), firstFrame };
    this.#resampler ??= new ChannelResampler(codec.channels, codec.rateHz, {
      frame: this.#frame,
      sample: this.#sample - this.#discard,
    });
  }

  #give(parts: Int16Array[]): Int16Array {
    let pcm = parts.length === 0 ? NONE : joinPcm(parts);
    const { channels } = this;
    const discarded = Math.min(this.#discard, pcm.length / channels);
    this.#discard -= discarded;
    if (discarded > 0) pcm = pcm.subarray(discarded * channels);
    this.#sample += pcm.length / channels;
    return pcm;
  }
}

/** Frames at the beginning of a recording that its header takes away again. */
function preSkipOf({ encoding, init, sampleRateHz }: CodedFormat): number {
  if (encoding !== 'opus') return 0;
  return Math.floor((parseOpusHead(Buffer.from(init, 'base64')).preSkip * sampleRateHz) / 48_000);
}
