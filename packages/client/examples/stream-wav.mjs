#!/usr/bin/env node
/**
 * Streams a WAV file at the pace at which it would play, and prints the text as it comes.
 *
 *   node examples/stream-wav.mjs speech.wav ws://127.0.0.1:8080/ws/asr [another gateway ...]
 *
 * The package must be built (`npm start` does that). Node before 22 has no WebSocket; there `ws` is used.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { TributaryClient } from '@tributary/client';

const CHUNK_MS = 100;
const [file, ...urls] = process.argv.slice(2);
if (file === undefined || urls.length === 0) {
  console.error('usage: stream-wav.mjs FILE.wav URL [URL ...]');
  process.exit(2);
}

/** Bytes a second, from the header: the field stands 16 bytes into the `fmt ` chunk. */
function byteRate(wav) {
  const at = wav.indexOf('fmt ', 12, 'latin1');
  if (wav.toString('latin1', 0, 4) !== 'RIFF' || at < 0) throw new Error(`${file} is not a WAV file`);
  return wav.readUInt32LE(at + 16);
}

const wav = await readFile(file);
const chunkBytes = Math.ceil((byteRate(wav) * CHUNK_MS) / 1000);
const WebSocket = globalThis.WebSocket ?? (await import('ws')).WebSocket;

const client = new TributaryClient({
  urls,
  WebSocket,
  onConnection: ({ type, url }) => console.error(`[${type}] ${url}`),
});
const session = await client.start({ mode: 'stream', interimResults: true });

const printing = (async () => {
  for await (const event of session) {
    if (event.type === 'partial_result') console.log(`  … ${event.text}`);
    if (event.type === 'chunk_result') console.log(`${event.start.toFixed(2)} s  ${event.text}`);
    if (event.type === 'error') console.error(`segment lost: ${event.code}: ${event.message}`);
  }
})();

const began = performance.now();
for (let at = 0, n = 1; at < wav.length; at += chunkBytes, n++) {
  await session.send(wav.subarray(at, at + chunkBytes));
  await sleep(Math.max(0, began + n * CHUNK_MS - performance.now()));
}

const final = await session.finish();
await printing;
console.log(`\n${final.duration.toFixed(1)} s of audio: ${final.text}`);
