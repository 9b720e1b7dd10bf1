import type { CodedFormat } from '@tributary/shared';
import type { Demuxer } from './demuxer.js';
import { FlacDemuxer } from './flac-demuxer.js';
import { ADTS_FRAMES, MP3_FRAMES } from './frame-kinds.js';
import { FramedDemuxer } from './framed-demuxer.js';
import { Mp4Demuxer } from './mp4/mp4-demuxer.js';
import { OggDemuxer } from './ogg-demuxer.js';
import { WebmDemuxer } from './webm-demuxer.js';

/** @param format What is known when it begins in the middle; null at the beginning of a recording. */
export function openDemuxer(container: CodedFormat['container'], format: CodedFormat | null): Demuxer {
  switch (container) {
    case 'webm':
      return new WebmDemuxer(format);
    case 'ogg':
      return new OggDemuxer(format);
    case 'mp3':
      return new FramedDemuxer(MP3_FRAMES, format);
    case 'adts':
      return new FramedDemuxer(ADTS_FRAMES, format);
    case 'mp4':
      return new Mp4Demuxer(format);
    case 'flac':
      return new FlacDemuxer(format);
  }
}
