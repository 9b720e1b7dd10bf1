import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ModelWorld } from '../testing/model-world.js';
import { initialState, type SessionSettings, type SessionState } from './state.js';
import type { Input } from './step.js';
import { transition } from './transition.js';

const settings = (binary: boolean): SessionSettings => ({
  start: { action: 'start', session_id: 's', resume_token: 'token-of-s' },
  addressCount: 3,
  binary,
  backoff: { baseMs: 100, maxMs: 1_000 },
  connectTimeoutMs: 1_000,
  silenceMs: 1_000,
  finalSilenceMs: 3_000,
  giveUpAfterMs: 1_000_000,
});

type Act = (world: ModelWorld) => void;
const act = (name: string, run: Act): { name: string; run: Act } => ({ name, run });
const withArgument = (max: number, make: (n: number) => { name: string; run: Act }) => fc.nat(max).map(make);

/** What may happen at any time. */
const acts = fc.oneof(
  { weight: 6, arbitrary: fc.constant(act('audio', (w) => w.do({ type: 'audio' }))) },
  { weight: 8, arbitrary: withArgument(6, (n) => act(`exchange ${n}`, (w) => w.exchange(n + 1))) },
  { weight: 4, arbitrary: withArgument(1_500, (n) => act(`pass ${n}`, (w) => w.pass(n))) },
  { weight: 3, arbitrary: withArgument(20, (n) => act(`commit ${n}`, (w) => w.server.commitThrough(n))) },
  { weight: 1, arbitrary: withArgument(5, (n) => act(`drop ${n}`, (w) => w.drop(n, false))) },
  { weight: 1, arbitrary: withArgument(5, (n) => act(`drop ${n}, late`, (w) => w.drop(n, true))) },
  { weight: 1, arbitrary: fc.constant(act('stale', (w) => w.exchangeStale())) },
  { weight: 1, arbitrary: fc.constant(act('black hole', (w) => w.blackHole())) },
  { weight: 1, arbitrary: fc.constant(act('lose tail', (w) => w.server.loseTail())) },
  {
    weight: 1,
    arbitrary: fc.constant(
      act('slow down', (w) => {
        if (w.connection !== null) w.connection.refuseNext = true;
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constant(
      act('hide event', (w) => {
        if (w.connection !== null) w.connection.hideNextEvent = true;
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constant(
      act('repeat events', (w) => {
        if (w.connection !== null) w.server.repeatEvents(w.connection);
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: withArgument(400, (n) =>
      act(`drain ${n}`, (w) => {
        w.connection?.out.push({ type: 'reconnect', reason: 'draining', within_ms: n });
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constant(
      act('overloaded', (w) => {
        w.server.overloaded = 2;
      }),
    ),
  },
  { weight: 2, arbitrary: fc.constant(act('finalize', (w) => w.do({ type: 'finalize' }))) },
  { weight: 1, arbitrary: fc.constant(act('finish', (w) => w.do({ type: 'finish' }))) },
  { weight: 1, arbitrary: fc.constant(act('conclude', (w) => w.server.conclude())) },
);

function run(binary: boolean): void {
  const story = fc.array(acts, { maxLength: 120, size: 'max' });
  const jitter = fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(story, jitter, (story, jitter) => {
      let drawn = 0;
      const world = new ModelWorld(settings(binary), () => jitter[drawn++ % jitter.length]!);
      let audio = 0;
      let finishing = false;
      const finalized = new Set<number>();
      for (const { name, run } of story) {
        // The shell lets nothing in behind `finish`.
        if ((name === 'audio' || name === 'finalize') && finishing) continue;
        if (name === 'audio' && world.ended === null) audio++;
        if (name === 'finalize' && world.ended === null && audio > 0) finalized.add(audio - 1);
        if (name === 'finish') finishing = true;
        run(world);
      }
      world.settle();

      expect(world.server.wrongs).toEqual([]);
      expect(world.ended).toEqual({ failure: null });
      expect(world.server.heard).toEqual(Array.from({ length: audio }, (_, i) => i));
      const seqs = world.delivered.map((event) => ('seq' in event ? event.seq : null));
      expect(seqs).toEqual(world.server.events.map(({ seq }) => seq));
      // A refused one may be overtaken by audio that was on its way, or by `finish`.
      const refused = story.some(({ name }) => name === 'slow down' || name === 'lose tail');
      for (const index of finalized) {
        const ends = world.server.events.filter((event) => event.type === 'chunk_result');
        const answer = ends.some((event) => event.finalized === true && event.chunk_index === index);
        expect(answer || (refused && ends.some((event) => event.chunk_index >= index))).toBe(true);
      }
      expect(world.delivered.at(-1)?.type).toBe('final_result');
      expect(world.state.keptFrom).toBeLessThanOrEqual(audio);
    }),
    { numRuns: 2_000 },
  );
}

describe('the life of a session', () => {
  it('binary: whatever breaks, all audio is heard once and each event comes once, in order', () => {
    run(true);
  }, 60_000);

  it('JSON: whatever breaks, all audio is heard once and each event comes once, in order', () => {
    run(false);
  }, 60_000);

  it('never throws, whatever comes in whichever phase, and stays ended', () => {
    const index = fc.integer({ min: -1, max: 9 });
    const s = fc.constant('s');
    const inputs: fc.Arbitrary<Input> = fc.oneof(
      fc.constantFrom<Input>(
        { type: 'tick' },
        { type: 'opened' },
        { type: 'audio' },
        { type: 'finalize' },
        { type: 'finish' },
        { type: 'closed', code: 1012, reason: 'bye' },
        {
          type: 'message',
          message: { type: 'ack', status: 'session_started', session_id: 's', resume_token: 'token-of-s' },
        },
      ),
      fc.record({
        type: fc.constant('message' as const),
        message: fc.oneof(
          fc.record({
            type: fc.constant('ack' as const),
            status: fc.constant('received' as const),
            session_id: s,
            chunk_index: index,
            committed_through: index,
          }),
          fc.record({
            type: fc.constant('ack' as const),
            status: fc.constant('session_resumed' as const),
            session_id: s,
            next_chunk_index: index,
            committed_through: index,
          }),
          fc.record({ type: fc.constant('rewind' as const), session_id: s, next_chunk_index: index }),
          fc.record({
            type: fc.constant('error' as const),
            code: fc.constantFrom('slow_down', 'overloaded', 'internal', 'session_closed', 'new_code'),
            message: s,
            session_id: s,
            chunk_index: index,
          }),
          fc.record({
            type: fc.constant('error' as const),
            code: fc.constantFrom('slow_down', 'unavailable', 'new_code', 'idle_timeout'),
            message: s,
          }),
        ),
      }),
    );
    fc.assert(
      fc.property(fc.boolean(), fc.array(inputs, { maxLength: 60 }), (binary, list) => {
        let state: SessionState = initialState(settings(binary), 5, 0);
        let nowMs = 0;
        for (const input of list) {
          const [next, effects] = transition(state, input, { nowMs, random: 0.5 });
          if (state.phase === 'ended') expect([next, effects]).toEqual([state, []]);
          expect(effects.filter(({ type }) => type === 'end').length).toBe(
            next.phase === 'ended' && state.phase !== 'ended' ? 1 : 0,
          );
          expect(next.keptFrom).toBeLessThanOrEqual(next.sendNext);
          expect(next.sendNext).toBeLessThanOrEqual(next.nextIndex);
          expect(next.keptFrom).toBeGreaterThanOrEqual(state.keptFrom);
          state = next;
          nowMs += 70;
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
