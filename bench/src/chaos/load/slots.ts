import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../random.js';
import { CHUNK_MS, speechSeed } from '../speech.js';
import type { LoadPlan } from './load-messages.js';
import type { SessionRecord } from './session-record.js';
import { now, Speaker, type SpeechPlan } from './speaker.js';
import { makeVoices } from './voices.js';

const LONG_SHARE = 0.3;
const SHORTEST_CHUNKS = 25;
const LONGEST_CHUNKS = 200;
/** Sessions begin spread over this time, so that not all segments end at the same moment. */
const SPREAD_MS = 1_000;
/** A session that would be shorter than this is not begun. */
const LEAST_MS = 1_000;

/** All slots of one process: in each, sessions follow each other until the time is over. */
export class Slots {
  readonly #plan: LoadPlan;
  readonly #voices: ReturnType<typeof makeVoices>;
  readonly #onRecord: (record: SessionRecord) => void;
  readonly running = new Map<string, Speaker>();
  ended = 0;
  #endedAcked = 0;
  #endedSegments = 0;

  constructor(plan: LoadPlan, onRecord: (record: SessionRecord) => void) {
    this.#plan = plan;
    this.#voices = makeVoices(plan);
    this.#onRecord = onRecord;
  }

  get acked(): number {
    return [...this.running.values()].reduce((sum, speaker) => sum + speaker.acked, this.#endedAcked);
  }

  get segments(): number {
    return [...this.running.values()].reduce((sum, speaker) => sum + speaker.segments, this.#endedSegments);
  }

  async run(): Promise<void> {
    const untilMs = now() + this.#plan.seconds * 1_000;
    await Promise.all(this.#plan.slots.map(async (slot) => await this.#runSlot(slot, untilMs)));
  }

  async #runSlot(slot: number, untilMs: number): Promise<void> {
    const { seed, jsonShare, plainShare, finalWaitMs } = this.#plan;
    const random = new Random(seed, 'slot', slot);
    await sleep(random.next() * SPREAD_MS);
    for (let n = 0; untilMs - now() > LEAST_MS; n++) {
      const sessionId = `chaos-${seed}-${slot}-${n}`;
      const long = random.chance(LONG_SHARE);
      const plan: SpeechPlan = {
        sessionId,
        seed: speechSeed(seed, sessionId),
        voice: random.chance(plainShare) ? 'plain' : random.chance(jsonShare) ? 'json' : 'binary',
        chunks: long
          ? Math.ceil((untilMs - now()) / CHUNK_MS)
          : random.integer(SHORTEST_CHUNKS, LONGEST_CHUNKS),
        untilMs,
        finalWaitMs: untilMs - now() + finalWaitMs,
      };
      await this.#runSession(plan);
    }
  }

  async #runSession(plan: SpeechPlan): Promise<void> {
    const speaker = new Speaker(this.#voices[plan.voice], plan);
    this.running.set(plan.sessionId, speaker);
    const record = await speaker.run();
    this.running.delete(plan.sessionId);
    this.ended++;
    this.#endedAcked += speaker.acked;
    this.#endedSegments += speaker.segments;
    this.#onRecord(record);
  }
}
