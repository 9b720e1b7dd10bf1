import {
  ADTS_HEADER_BYTES,
  type AdtsFrameHeader,
  adtsConfig,
  adtsFrameHeader,
} from '../codecs/adts-frame.js';
import {
  isTagFrame,
  MPEG_HEADER_BYTES,
  type MpegFrameHeader,
  mpegFrameHeader,
} from '../codecs/mpeg-frame.js';
import { undecodable } from '../codecs/wasm-exports.js';
import type { FrameKind } from './framed-demuxer.js';

export const MP3_FRAMES: FrameKind<MpegFrameHeader> = {
  name: 'MP3',
  headerBytes: MPEG_HEADER_BYTES,
  header: mpegFrameHeader,
  format: ({ rateHz, channels }) => ({
    container: 'mp3',
    encoding: 'mp3',
    sampleRateHz: rateHz,
    channels,
    track: 0,
    init: '',
  }),
  packet: (frame, header) => (isTagFrame(frame, header) ? null : frame.slice()),
};

/** AAC in ADTS, as it is streamed and as `.aac` files hold it. */
export const ADTS_FRAMES: FrameKind<AdtsFrameHeader> = {
  name: 'AAC',
  headerBytes: ADTS_HEADER_BYTES,
  header: adtsFrameHeader,
  format: (header) => {
    const { rateHz, channels } = adtsConfig(header);
    return { container: 'adts', encoding: 'aac', sampleRateHz: rateHz, channels, track: 0, init: '' };
  },
  packet: (frame, header) => {
    if (header.packets !== 1) throw undecodable('ADTS with several packets in a frame');
    return frame.slice(header.headerBytes);
  },
};
