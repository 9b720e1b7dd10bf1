import { randomBytes } from 'node:crypto';

/*
 * Just enough of RFC 6455 for a load generator that spends next to nothing on a frame: what it sends is built once,
 * and of what it receives only the length counts.
 */

const FINAL_BINARY = 0x82;
const MASKED = 0x80;
const LENGTH_16 = 126;
const LENGTH_64 = 127;
const MASK_BYTES = 4;

/** A whole binary message as a client has to send it: masked. */
export function maskedBinaryFrame(payload: Buffer, mask: Buffer = randomBytes(MASK_BYTES)): Buffer {
  const head = frameHead(payload.length, MASKED);
  head[0] = FINAL_BINARY;
  const masked = Buffer.from(payload);
  for (let i = 0; i < masked.length; i++)
    masked[i] = (masked[i] as number) ^ (mask[i % MASK_BYTES] as number);
  return Buffer.concat([head, mask, masked]);
}

/** Bytes that an unmasked message of so many bytes takes on the wire. */
export function serverFrameBytes(payloadBytes: number): number {
  return frameHead(payloadBytes, 0).length + payloadBytes;
}

/** The opening request of a client. */
export function upgradeRequest(port: number, path: string): string {
  return [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    '\r\n',
  ].join('\r\n');
}

function frameHead(length: number, maskBit: number): Buffer {
  if (length < LENGTH_16) return Buffer.from([0, maskBit | length]);
  if (length <= 0xffff) {
    const head = Buffer.from([0, maskBit | LENGTH_16, 0, 0]);
    head.writeUInt16BE(length, 2);
    return head;
  }
  const head = Buffer.alloc(10);
  head[1] = maskBit | LENGTH_64;
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}
