import { readFile } from 'node:fs/promises';

/** A WAV file of integer PCM. */
export interface Wav {
  readonly sampleRate: number;
  readonly channels: number;
  readonly bitsPerSample: number;
  /** The samples, without the header. */
  readonly pcm: Buffer;
  /** The whole file. */
  readonly bytes: Buffer;
  readonly seconds: number;
}

export class WavError extends Error {
  constructor(problem: string) {
    super(`not a WAV file that we read: ${problem}`);
    this.name = 'WavError';
  }
}

const RIFF_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
const FORMAT_BYTES = 16;
const PCM = 1;

export async function readWav(path: string): Promise<Wav> {
  return parseWav(await readFile(path));
}

/** @throws WavError */
export function parseWav(bytes: Buffer): Wav {
  if (bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WAVE') {
    throw new WavError('it does not begin with RIFF and WAVE');
  }
  let format: { channels: number; sampleRate: number; bitsPerSample: number } | undefined;
  for (let at = RIFF_HEADER_BYTES; at + CHUNK_HEADER_BYTES <= bytes.length; ) {
    const id = bytes.toString('latin1', at, at + 4);
    const length = bytes.readUInt32LE(at + 4);
    const body = at + CHUNK_HEADER_BYTES;
    if (id === 'fmt ') {
      if (length < FORMAT_BYTES || body + FORMAT_BYTES > bytes.length)
        throw new WavError('its format is cut short');
      if (bytes.readUInt16LE(body) !== PCM) throw new WavError('its samples are not integer PCM');
      format = {
        channels: bytes.readUInt16LE(body + 2),
        sampleRate: bytes.readUInt32LE(body + 4),
        bitsPerSample: bytes.readUInt16LE(body + 14),
      };
    } else if (id === 'data') {
      if (format === undefined) throw new WavError('its format does not come before its samples');
      const pcm = bytes.subarray(body, Math.min(body + length, bytes.length));
      const bytesPerSecond = (format.sampleRate * format.channels * format.bitsPerSample) / 8;
      return { ...format, pcm, bytes, seconds: pcm.length / bytesPerSecond };
    }
    // Chunks begin at even places.
    at = body + length + (length % 2);
  }
  throw new WavError('it has no samples');
}

/** A WAV file of 16-bit mono PCM. */
export function wavFile(pcm: Uint8Array, sampleRate = 16_000): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + pcm.length, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(FORMAT_BYTES, 16);
  header.writeUInt16LE(PCM, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(pcm.length, 40);
  return Buffer.concat([header, pcm]);
}
