import { z } from 'zod';
import { SESSION_ID_PATTERN } from './session-id.js';

/** Limits a session may ask for within; outside of them a message is refused. */
const MAX_GAP_MS = 60_000;

const sessionId = z.string().regex(SESSION_ID_PATTERN);
const chunkIndex = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
/** W3C Trace Context; one that is malformed is passed over, as its specification wants. */
const traceparent = z.string().max(256).optional();
const token = z.string().min(8).max(128);

/** Headerless audio described by the client. */
export const RawFormatSchema = z.object({
  encoding: z.enum(['s16le', 'f32le', 'mulaw', 'alaw']),
  sample_rate: z.int().min(4_000).max(192_000),
  channels: z.int().min(1).max(8),
});
export type RawFormat = z.infer<typeof RawFormatSchema>;

export const StartSchema = z.object({
  action: z.literal('start'),
  session_id: sessionId.optional(),
  resume_token: token.optional(),
  user_id: z.string().max(256).optional(),
  mode: z.enum(['auto', 'segments', 'stream']).optional(),
  format: z.union([z.literal('auto'), RawFormatSchema]).optional(),
  language: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,35}$/)
    .optional(),
  interim_results: z.boolean().optional(),
  words: z.boolean().optional(),
  gap_ms: z.int().min(0).max(MAX_GAP_MS).optional(),
  traceparent,
});

export const ChunkSchema = z.object({
  action: z.literal('chunk'),
  session_id: sessionId,
  chunk_index: chunkIndex,
  audio_data: z.string(),
});

export const FinishSchema = z.object({ action: z.literal('finish'), session_id: sessionId });

export const ResumeSchema = z.object({
  action: z.literal('resume'),
  session_id: sessionId,
  resume_token: token,
  last_seq: z.int().min(0),
  next_chunk_index: chunkIndex.optional(),
  traceparent,
});

/** What a client may send as a text frame. */
export const ClientMessageSchema = z.discriminatedUnion('action', [
  StartSchema,
  ChunkSchema,
  FinishSchema,
  ResumeSchema,
]);

export type StartMessage = z.infer<typeof StartSchema>;
export type ChunkMessage = z.infer<typeof ChunkSchema>;
export type FinishMessage = z.infer<typeof FinishSchema>;
export type ResumeMessage = z.infer<typeof ResumeSchema>;
export type ClientMessage = z.infer<typeof ClientMessageSchema>;

/** How the audio of a session is to be treated; travels with the session from gateway to worker. */
export interface SessionOptions {
  mode: 'auto' | 'segments' | 'stream';
  format: 'auto' | RawFormat;
  language: string | null;
  interimResults: boolean;
  words: boolean;
  gapMs: number;
}

export const DEFAULT_GAP_MS = 800;

/** Fills in what a `start` left out. */
export function sessionOptions(start: StartMessage): SessionOptions {
  return {
    mode: start.mode ?? 'auto',
    format: start.format ?? 'auto',
    language: start.language ?? null,
    interimResults: start.interim_results ?? false,
    words: start.words ?? false,
    gapMs: start.gap_ms ?? DEFAULT_GAP_MS,
  };
}
