import { z } from 'zod';
import { SESSION_ID_PATTERN } from './session-id.js';

/** Limits a session may ask for within; outside of them a message is refused. */
const MAX_GAP_MS = 60_000;
const INTERIM_INTERVAL_MS = { min: 50, max: 5_000 };
const ENDPOINTING_MS = { min: 100, max: 10_000 };
const MAX_SEGMENT_SECONDS = { min: 1, max: 300 };
const MAX_HOT_WORDS = 64;
const MAX_SILENCE_MS = 60_000;
/** Far above what a session comes to. A claimed one is counted on from where Redis has lost the session; scripts write larger numbers with an exponent. */
const MAX_SEQ = 1_000_000_000;

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

const hotWord = z.string().regex(/^[^\p{Cc}]{1,64}$/u);

export const StartSchema = z.object({
  action: z.literal('start'),
  session_id: sessionId.optional(),
  resume_token: token.optional(),
  user_id: z.string().max(256).optional(),
  mode: z.enum(['auto', 'segments', 'stream']).optional(),
  format: z.union([z.literal('auto'), RawFormatSchema]).optional(),
  channels: z.enum(['mix', 'separate']).optional(),
  language: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,35}$/)
    .optional(),
  model: z
    .string()
    .regex(/^[A-Za-z0-9_.:-]{1,64}$/)
    .optional(),
  hot_words: z.array(hotWord).max(MAX_HOT_WORDS).optional(),
  interim_results: z.boolean().optional(),
  interim_interval_ms: z.int().min(INTERIM_INTERVAL_MS.min).max(INTERIM_INTERVAL_MS.max).optional(),
  speech_events: z.boolean().optional(),
  endpointing: z.int().min(ENDPOINTING_MS.min).max(ENDPOINTING_MS.max).optional(),
  max_segment_seconds: z.number().min(MAX_SEGMENT_SECONDS.min).max(MAX_SEGMENT_SECONDS.max).optional(),
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

/** So long nothing was said: counts as a chunk, without bytes. Without an index it is the next one, as a binary frame is. */
export const SilenceSchema = z.object({
  action: z.literal('silence'),
  session_id: sessionId,
  chunk_index: chunkIndex.optional(),
  ms: z.int().min(1).max(MAX_SILENCE_MS),
});

/** Ends the current segment behind a chunk; without an index, behind the last one sent on this socket. */
export const FinalizeSchema = z.object({
  action: z.literal('finalize'),
  session_id: sessionId,
  chunk_index: chunkIndex.optional(),
});

export const KeepaliveSchema = z.object({ action: z.literal('keepalive'), session_id: sessionId.optional() });

export const FinishSchema = z.object({ action: z.literal('finish'), session_id: sessionId });

export const ResumeSchema = z.object({
  action: z.literal('resume'),
  session_id: sessionId,
  resume_token: token,
  last_seq: z.int().min(0).max(MAX_SEQ),
  next_chunk_index: chunkIndex.optional(),
  traceparent,
});

/** What a client may send as a text frame. */
export const ClientMessageSchema = z.discriminatedUnion('action', [
  StartSchema,
  ChunkSchema,
  SilenceSchema,
  FinalizeSchema,
  FinishSchema,
  ResumeSchema,
  KeepaliveSchema,
]);

export type StartMessage = z.infer<typeof StartSchema>;
export type ChunkMessage = z.infer<typeof ChunkSchema>;
export type SilenceMessage = z.infer<typeof SilenceSchema>;
export type FinalizeMessage = z.infer<typeof FinalizeSchema>;
export type FinishMessage = z.infer<typeof FinishSchema>;
export type ResumeMessage = z.infer<typeof ResumeSchema>;
export type ClientMessage = z.infer<typeof ClientMessageSchema>;
