import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChunkResult, FinalResult, ServerMessage } from '@tributary/shared';
import { TestSocket } from '@tributary/testkit';
import { expect } from 'vitest';
import { slices } from './speech.js';

/** What a client in the field has seen of one recording. */
export interface Recording {
  readonly sessionId: string;
  readonly final: FinalResult;
  readonly results: ChunkResult[];
}

const FINAL_MS = 100_000;

/** Keeps one socket over many recordings and sends each stretch of speech as a whole WAV file. */
export class DesktopClient {
  readonly socket: TestSocket;

  private constructor(socket: TestSocket) {
    this.socket = socket;
  }

  static async open(socketUrl: string): Promise<DesktopClient> {
    return new DesktopClient(await TestSocket.open(socketUrl));
  }

  /** Says everything at once: it does not wait for `session_started`, nor for anything else. */
  record(wavFiles: readonly Buffer[]): { sessionId: string; done: Promise<Recording> } {
    const sessionId = randomUUID();
    this.socket.sendJson({ action: 'start', session_id: sessionId, user_id: 'anonymous' });
    wavFiles.forEach((wav, index) => {
      this.socket.sendJson({
        action: 'chunk',
        session_id: sessionId,
        chunk_index: index,
        audio_data: wav.toString('base64'),
      });
    });
    this.socket.sendJson({ action: 'finish', session_id: sessionId });
    return { sessionId, done: this.#done(sessionId) };
  }

  async #done(sessionId: string): Promise<Recording> {
    const final = await this.socket.nextOf('final_result', (m) => m.session_id === sessionId, FINAL_MS);
    const results = this.socket.all('chunk_result').filter((m) => m.session_id === sessionId);
    return { sessionId, final, results };
  }
}

const SLICE_CHARACTERS = 50_000;
const SLICE_PAUSE_MS = 100;
const ACK_MS = 1_000;

/** Encodes one WAV file as a whole and sends the text of it in slices; counts the answers that came in time. */
export async function sendSlices(
  socketUrl: string,
  wav: Buffer,
): Promise<{ recording: Recording; slices: number; answered: number; socket: TestSocket }> {
  const socket = await TestSocket.open(socketUrl);
  const sessionId = randomUUID();
  socket.sendJson({ action: 'start', session_id: sessionId, user_id: 'test_user' });
  await socket.next(() => true, ACK_MS);
  const text = Buffer.from(wav.toString('base64'), 'latin1');
  const parts = slices(text, SLICE_CHARACTERS).map((part) => part.toString('latin1'));
  let answered = 0;
  for (const [index, part] of parts.entries()) {
    socket.sendJson({ action: 'chunk', session_id: sessionId, chunk_index: index, audio_data: part });
    // Whatever comes first is its answer, as that client sees it.
    const answer = await socket.next(() => true, ACK_MS).catch(() => undefined);
    if (answer !== undefined) answered++;
    await sleep(SLICE_PAUSE_MS);
  }
  socket.sendJson({ action: 'finish', session_id: sessionId });
  const final = await socket.nextOf('final_result', () => true, FINAL_MS);
  return {
    recording: { sessionId, final, results: socket.all('chunk_result') },
    slices: parts.length,
    answered,
    socket,
  };
}

/** Each message has the fields, of the right types, that clients in the field read. */
export function expectReadable(messages: readonly ServerMessage[]): void {
  for (const message of messages) expect(message).toMatchObject(shapeOf(message));
}

function shapeOf(message: ServerMessage): Record<string, unknown> {
  switch (message.type) {
    case 'ack':
      return message.status === 'received'
        ? { chunk_index: expect.any(Number) }
        : { status: 'session_started', session_id: expect.any(String) };
    case 'chunk_result':
      return { session_id: expect.any(String), chunk_index: expect.any(Number), text: expect.any(String) };
    case 'final_result':
      return {
        session_id: expect.any(String),
        text: expect.any(String),
        duration: expect.any(Number),
        chunk_count: expect.any(Number),
      };
    default:
      return { type: 'error', message: expect.any(String) };
  }
}
