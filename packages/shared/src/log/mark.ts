import type { Stamp } from './stamp.js';

/**
 * What a worker has durably concluded about a session: everything a new owner needs to go on, together with
 * the rest of the stream. Positions are exact, so the audio is cut at the mark, neither lost nor heard twice.
 */
export interface Mark {
  /** Where the order goes on: epoch and `n` of the entry with the restart point (see the worker's `session-order.ts`). */
  epoch: Stamp;
  n: number;
  /** Restart point: first chunk still needed, and the byte in it where a sample, page or packet begins. */
  chunk: number;
  byte: number;
  /** 16 kHz samples to discard after the restart point, where decoding needs a run-up. */
  skip: number;
  /** Absolute position, in 16 kHz mono samples of the session, of the first sample not yet concluded. */
  sample: number;
  /**
   * Input frame (sample of all channels) at the restart point, counted from the start of its stream; below 0 for what a
   * codec puts before it.
   */
  frame: number;
  /** Absolute 16 kHz sample at which the continuous stream that is being decoded began. */
  base: number;
  /** Detected format of the continuous stream, or null when none was detected yet. */
  format: AudioFormat | null;
  /** Input frame at which the declared data of a WAV ends, while that lies ahead. */
  dataEnd?: number;
  /**
   * Silence the client spoke of, as far as it is concluded: chunks of silence before `chunk` wholly, and so many samples of
   * this one. It lies in `base`, so that `sample - base` counts what was decoded. Absent when there was none.
   */
  quiet?: { chunk: number; samples: number };
  /** Chunk that `byte` is in, where chunks of silence have to be taken before it. */
  decodeChunk?: number;
  /**
   * Where channels are recognised separately: the first sample of each that is not concluded. `sample` is the least of them;
   * what decoding gives of a channel before its own is passed over.
   */
  channels?: number[];
  /** The last `finalize` that is concluded; absent when there was none. */
  finalized?: { epoch: Stamp; n: number };
  /** The continuous stream cannot be decoded; the client was told. */
  broken: boolean;
  /** Next segment's index. */
  segment: number;
  /** Chunks counted up to, and not including, the restart chunk; and those known to be lost. */
  chunks: number;
  lostChunks: number;
}

/** Format of a continuous stream, as detected or as the client said. */
export type AudioFormat = PcmFormat | CodedFormat;

/** Samples as they are, headerless or in a WAV file. */
export interface PcmFormat {
  container: 'raw' | 'wav';
  encoding: 'u8' | 's16le' | 's24le' | 's32le' | 'f32le' | 'f64le' | 'mulaw' | 'alaw';
  sampleRateHz: number;
  channels: number;
}

/** Compressed packets in a container: enough to go on in the middle of it, when its header is long gone. */
export interface CodedFormat {
  container: 'webm' | 'ogg' | 'mp3' | 'flac' | 'mp4' | 'adts';
  encoding: 'opus' | 'mp3' | 'flac' | 'aac';
  /** Of the decoded frames. */
  sampleRateHz: number;
  channels: number;
  /** Number of the track in WebM and MP4, serial number of the stream in Ogg, else 0. */
  track: number;
  /** The newest init bytes of the codec, base64: an `OpusHead` or a `STREAMINFO`, at most 64 KiB. */
  init: string;
  /** Bytes of every packet of an MP4 whose fragments do not say how many. */
  packetBytes?: number;
}
