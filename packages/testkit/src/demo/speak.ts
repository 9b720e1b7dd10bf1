import { setTimeout as sleep } from 'node:timers/promises';
import type { FinalResult } from '@tributary/shared';
import { TestSocket } from '../client/test-socket.js';
import type { Clip } from '../speech/clips.js';

/** How far one recording has got. */
export interface SpeechProgress {
  readonly clip: Clip;
  sessionId: string;
  secondsSent: number;
  /** Final segments so far. */
  segments: string[];
  /** What may still change. */
  interim: string;
  final: FinalResult | undefined;
}

const CHUNK_MS = 100;
const FINAL_RESULT_MS = 120_000;

export function newProgress(clip: Clip): SpeechProgress {
  return { clip, sessionId: '', secondsSent: 0, segments: [], interim: '', final: undefined };
}

/** Sends one recording as a microphone would, keeps `progress` up to date and resolves at its final result. */
export async function speak(socketUrl: string, progress: SpeechProgress, pace: number): Promise<FinalResult> {
  const socket = await TestSocket.open(socketUrl);
  try {
    const { sessionId } = await socket.start({ user_id: 'demo', interim_results: true });
    progress.sessionId = sessionId;
    const following = follow(socket, progress);
    await Promise.race([send(socket, progress, pace), following]);
    socket.sendJson({ action: 'finish', session_id: sessionId });
    return await following;
  } finally {
    socket.terminate();
  }
}

async function send(socket: TestSocket, progress: SpeechProgress, pace: number): Promise<void> {
  const { bytes, sampleRate, channels, bitsPerSample } = progress.clip.wav;
  const chunkBytes = (sampleRate * channels * (bitsPerSample / 8) * CHUNK_MS) / 1_000;
  const startedAt = performance.now();
  for (let n = 0; n * chunkBytes < bytes.length; n++) {
    socket.sendBinary(bytes.subarray(n * chunkBytes, (n + 1) * chunkBytes));
    progress.secondsSent = Math.min(progress.clip.wav.seconds, ((n + 1) * CHUNK_MS) / 1_000);
    // By the clock, not by adding up pauses: those are never exact.
    const dueMs = startedAt + ((n + 1) * CHUNK_MS) / pace;
    await sleep(Math.max(0, dueMs - performance.now()));
  }
}

async function follow(socket: TestSocket, progress: SpeechProgress): Promise<FinalResult> {
  for (;;) {
    const message = await socket.next((m) => m.type !== 'ack', FINAL_RESULT_MS);
    switch (message.type) {
      case 'partial_result':
        progress.interim = message.text;
        break;
      case 'chunk_result':
        progress.segments.push(message.text);
        progress.interim = '';
        break;
      case 'final_result':
        progress.final = message;
        return message;
      case 'error':
        throw new Error(`${message.code}: ${message.message}`);
    }
  }
}
