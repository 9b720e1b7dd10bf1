import { describe, expect, it } from 'vitest';
import { ClientMessageSchema } from '../../shared/src/protocol/client-messages.js';
import { CLOSE_CODES, ERRORS } from '../../shared/src/protocol/errors.js';
import type { ServerMessage as TheirServerMessage } from '../../shared/src/protocol/server-messages.js';
import { FATAL_CODES } from './errors.js';
import { completeOptions, sessionSettings } from './options.js';
import type { ChunkMessage, ControlMessage, ServerMessage, SilenceMessage } from './wire.js';

/** Compiles only while everything the server may say is something that this client reads. */
export const read = (message: TheirServerMessage): ServerMessage => message;

describe('the wire', () => {
  it('is what the server reads', () => {
    const client = completeOptions({ urls: ['ws://a'], WebSocket: WebSocketStub });
    const { start } = sessionSettings(client, {
      userId: 'u',
      mode: 'stream',
      format: { encoding: 's16le', sample_rate: 16_000, channels: 1 },
      channels: 'separate',
      language: 'en-GB',
      model: 'moonshine-tiny-en',
      hotWords: ['tributary'],
      interimResults: true,
      interimIntervalMs: 100,
      speechEvents: true,
      endpointingMs: 300,
      maxSegmentSeconds: 10,
      words: true,
      gapMs: 0,
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    });
    const { session_id, resume_token } = start;
    const messages: (ControlMessage | ChunkMessage | SilenceMessage)[] = [
      start,
      sessionSettings(client, {}).start,
      { action: 'chunk', session_id, chunk_index: 0, audio_data: 'AAAA' },
      { action: 'resume', session_id, resume_token, last_seq: 0, next_chunk_index: 0 },
      {
        action: 'resume',
        session_id,
        resume_token,
        last_seq: 0,
        next_chunk_index: 0,
        ...(start.traceparent !== undefined && { traceparent: start.traceparent }),
      },
      { action: 'silence', session_id, chunk_index: 1, ms: 60_000 },
      { action: 'silence', session_id, ms: 1 },
      { action: 'finalize', session_id, chunk_index: 1 },
      { action: 'finish', session_id },
    ];
    for (const message of messages) expect(ClientMessageSchema.parse(message)).toEqual(message);
  });

  it('takes only permanent errors of the server as final', () => {
    for (const code of FATAL_CODES) expect(ERRORS).toHaveProperty(code);
    for (const [code, { temporary }] of Object.entries(ERRORS)) {
      if (temporary) expect(FATAL_CODES.has(code)).toBe(false);
    }
    // Refusals of a start are not waited out.
    for (const code of ['unknown_model', 'unknown_language', 'hot_words_unsupported']) {
      expect(FATAL_CODES).toContain(code);
    }
    for (const code of Object.values(CLOSE_CODES)) expect(code < 4000 || code >= 4100).toBe(true);
  });
});

class WebSocketStub {
  binaryType = '';
  onopen: unknown;
  onmessage: unknown;
  onclose: unknown;
  onerror: unknown;
  send(): void {}
  close(): void {}
}
