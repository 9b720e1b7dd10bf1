import type { CodedFormat } from '@tributary/shared';
import type { Demuxer } from './demuxer.js';
import { FlacDemuxer } from './flac-demuxer.js';
import { Mp3Demuxer } from './mp3-demuxer.js';
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
      return new Mp3Demuxer(format);
    case 'flac':
      return new FlacDemuxer(format);
  }
}
