import { TributaryError } from '@tributary/shared';
import type { Utterance, UtteranceOptions } from '../utterance.js';
import type { UtteranceNews } from './pool-messages.js';
import { PooledProcess } from './pooled-process.js';
import { PooledUtterance, type UtteranceHost } from './pooled-utterance.js';
import { generousTimeoutMs, Slot } from './slot.js';
import { StartRecord } from './start-record.js';

export interface ProcessPoolOptions {
  /** Entry of the child processes; see `serveUtterances`. */
  module: URL;
  /** Their arguments; anyone on the machine can read them. */
  args?: readonly string[];
  /** Number of child processes. */
  size: number;
  /** Utterances that a child can hold at a time. */
  seats: number;
  /** True when children decode while the audio comes, so that it pays to have an utterance seated before its end. */
  headStart: boolean;
  /** How long a child may take to start, or to free a seat. */
  startTimeoutMs?: number;
  /** How long a child that has so many samples to work on may be silent before it counts as stuck. */
  workTimeoutMs?: (samples: number) => number;
  /** Told whenever a child ended unasked, for the log. */
  onIncident?: (incident: { pid: number | undefined; reason: string; whileDecoding: boolean }) => void;
}

/** A segment is given to this many children before it counts as what kills them. */
const MAX_ATTEMPTS = 3;
const START_TIMEOUT_MS = 60_000;

/**
 * Child processes that recognise utterances. Finished segments come first, in the order in which they were
 * finished, and each goes to a child that has no other one. Open utterances are guests: they are seated where
 * there is room, and one that must make room waits for its end.
 *
 * A child that dies or is stuck is replaced. What it held is fed again to another; what it was working on then has
 * been attempted, and is from now on recognised only as a whole and alone in a child: so audio that kills
 * children is found out and given up after three attempts, and nothing else is.
 */
export class ProcessPool implements UtteranceHost {
  readonly #options: ProcessPoolOptions;
  readonly #slots: Slot[];
  /** Finished segments that no child has. */
  readonly #queue: PooledUtterance[] = [];
  /** Open utterances that no child has, and that would gain by being seated. */
  readonly #guests = new Set<PooledUtterance>();
  readonly #starts = new StartRecord();
  #lastId = 0;
  #failed = 0;
  #closing: Promise<void> | undefined;

  constructor(options: ProcessPoolOptions) {
    this.#options = options;
    this.#slots = Array.from({ length: options.size }, () => {
      const slot = new Slot(options.seats);
      this.#start(slot);
      return slot;
    });
  }

  /** Children that are decoding right now. */
  get busy(): number {
    return this.#slots.filter((slot) => slot.busy).length;
  }

  /** Finished segments that wait for a child. */
  get waiting(): number {
    return this.#slots.reduce((sum, { finished }) => sum + Math.max(0, finished - 1), this.#queue.length);
  }

  /** Segments given up after their last attempt, since the start. */
  get failed(): number {
    return this.#failed;
  }

  /** Process ids of the living children. */
  get pids(): number[] {
    return this.#slots.flatMap((slot) => slot.child?.pid ?? []);
  }

  /** Resolves once a child is ready; rejects with the reason when children fail at their start again and again. */
  ready(): Promise<void> {
    return this.#starts.first;
  }

  open(options: UtteranceOptions): Utterance {
    this.#lastId += 1;
    const utterance = new PooledUtterance(this.#lastId, options, this);
    if (this.#gains(utterance)) this.#guests.add(utterance);
    this.#pump();
    return utterance;
  }

  /** Rejects all that is finished and ends the children; resolves when the last one is gone. */
  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  fed(utterance: PooledUtterance): void {
    const slot = this.#slotOf(utterance);
    if (slot !== undefined) this.#feed(slot, utterance);
  }

  finished(utterance: PooledUtterance): void {
    const slot = this.#slotOf(utterance);
    this.#guests.delete(utterance);
    if (this.#closing !== undefined) return utterance.reject(closed());
    if (utterance.length === 0) {
      utterance.resolve({ text: '', decodeMs: 0 });
      if (slot !== undefined) this.#takeAway(slot, utterance);
    } else if (utterance.attempts >= MAX_ATTEMPTS) {
      this.#giveUp(utterance, 'the audio was given up before');
    } else if (slot !== undefined && utterance.sent <= (utterance.length ?? 0)) {
      this.#feed(slot, utterance);
      return;
    } else {
      // Its child has heard more than belongs to the segment, or there is none.
      if (slot !== undefined) this.#takeAway(slot, utterance);
      this.#queue.push(utterance);
    }
    this.#pump();
  }

  cancelled(utterance: PooledUtterance): void {
    this.#guests.delete(utterance);
    const slot = this.#slotOf(utterance);
    if (slot !== undefined) this.#takeAway(slot, utterance);
  }

  async #shutDown(): Promise<void> {
    this.#starts.abandon(closed());
    const held = this.#slots.flatMap((slot) => [...slot.held.values()]);
    for (const utterance of [...held, ...this.#queue.splice(0)]) utterance.reject(closed());
    this.#guests.clear();
    const endings = this.#slots.map((slot) => {
      clearTimeout(slot.restart);
      slot.held.clear();
      slot.child?.kill('the pool is closed');
      return slot.child?.ended;
    });
    await Promise.all(endings);
  }

  #start(slot: Slot): void {
    const { module, args = [], startTimeoutMs = START_TIMEOUT_MS } = this.#options;
    slot.everReady = false;
    slot.child = new PooledProcess(
      { module, args, startTimeoutMs },
      {
        ready: () => {
          slot.everReady = true;
          this.#starts.succeeded();
          this.#pump();
        },
        told: (message) => this.#told(slot, message),
        gone: (reason) => this.#replace(slot, reason),
      },
    );
  }

  /** An open utterance that gains by being in a child; after a failed attempt it must be alone, and then waits for its end. */
  #gains(utterance: PooledUtterance): boolean {
    return utterance.attempts === 0 && (this.#options.headStart || utterance.options.interim !== null);
  }

  #slotOf(utterance: PooledUtterance): Slot | undefined {
    return this.#slots.find((slot) => slot.held.has(utterance.id));
  }

  /** Seats what can be seated: finished segments in order, then guests. */
  #pump(): void {
    if (this.#closing !== undefined) return;
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      const slot = this.#slotFor(next);
      if (slot === undefined) return this.#makeRoom(next);
      this.#queue.shift();
      this.#seat(slot, next);
    }
    for (const guest of this.#guests) {
      const slot = leastLoaded(this.#slots.filter(({ open }) => open));
      if (slot === undefined) return;
      this.#guests.delete(guest);
      this.#seat(slot, guest);
    }
  }

  /** Where a finished segment can go now. */
  #slotFor(utterance: PooledUtterance): Slot | undefined {
    const able = (slot: Slot): boolean =>
      utterance.attempts > 0 ? slot.empty : slot.open && !slot.concluding;
    return leastLoaded(this.#slots.filter(able));
  }

  /** Takes guests away for the sake of the finished segments that wait, unless seats are becoming free anyway. */
  #makeRoom(next: PooledUtterance): void {
    const slots = this.#slots.filter((slot) => slot.child?.state === 'ready' && !slot.concluding);
    const freeing = slots.filter((slot) => slot.leaving.size > 0).length;
    const guested = slots.filter((slot) => slot.leaving.size === 0 && slot.held.size > 0);
    for (const slot of guested.slice(0, Math.max(0, this.#queue.length - freeing))) {
      const guests = [...slot.held.values()].sort((a, b) => a.heard - b.heard);
      for (const guest of next.attempts > 0 ? guests : guests.slice(0, 1)) this.#takeAway(slot, guest);
      if (next.attempts > 0) return;
    }
  }

  #seat(slot: Slot, utterance: PooledUtterance): void {
    const { language, words, hotWords, interim } = utterance.options;
    slot.held.set(utterance.id, utterance);
    utterance.sent = 0;
    utterance.heard = 0;
    const intervalMs = utterance.length === null && interim !== null ? interim.intervalMs : null;
    slot.child?.send({ type: 'open', id: utterance.id, language, words, hotWords, intervalMs });
    this.#feed(slot, utterance);
  }

  /** Sends what was not sent yet. */
  #feed(slot: Slot, utterance: PooledUtterance): void {
    const { id, length, samples, sent, mayEnd } = utterance;
    const end = length ?? samples.length;
    if (end > sent) slot.child?.send({ type: 'audio', id, pcm: samples.slice(sent, end), mayEnd });
    utterance.sent = end;
    if (length !== null) slot.child?.send({ type: 'finish', id });
    this.#expect(slot);
  }

  /** Frees the seat of an utterance that is to be recognised elsewhere, later or not at all. */
  #takeAway(slot: Slot, { id }: PooledUtterance): void {
    slot.held.delete(id);
    slot.leaving.add(id);
    slot.child?.send({ type: 'cancel', id });
    this.#expect(slot);
  }

  #told(slot: Slot, news: UtteranceNews): void {
    const utterance = slot.held.get(news.id);
    switch (news.type) {
      case 'heard':
        if (utterance !== undefined) utterance.heard = news.samples;
        break;
      case 'interim':
        utterance?.interim(news.text, news.times);
        break;
      case 'recognised':
        this.#leave(slot, news.id);
        utterance?.resolve(news.recognition);
        break;
      case 'failed':
        this.#leave(slot, news.id);
        if (utterance !== undefined) this.#retry(utterance, news.reason);
        break;
      case 'closed':
        slot.leaving.delete(news.id);
        break;
    }
    this.#expect(slot);
    if (news.type === 'closed') this.#pump();
  }

  #leave(slot: Slot, id: number): void {
    if (slot.held.delete(id)) slot.leaving.add(id);
  }

  #expect(slot: Slot): void {
    const { startTimeoutMs = START_TIMEOUT_MS, workTimeoutMs = generousTimeoutMs } = this.#options;
    const samples = slot.outstandingSamples;
    if (samples > 0) slot.child?.expectWithin(workTimeoutMs(samples), 'did not finish a segment');
    else if (slot.leaving.size > 0) slot.child?.expectWithin(startTimeoutMs, 'did not become ready again');
    else slot.child?.expectWithin(null);
  }

  #replace(slot: Slot, reason: string): void {
    const { child } = slot;
    const held = [...slot.held.values()];
    slot.child = null;
    slot.held.clear();
    slot.leaving.clear();
    if (this.#closing !== undefined) return;
    const victims = held.filter(({ outstanding }) => outstanding);
    this.#options.onIncident?.({ pid: child?.pid, reason, whileDecoding: victims.length > 0 });
    const delayMs = slot.everReady ? 0 : this.#starts.failed(reason);
    slot.restart = setTimeout(() => this.#start(slot), delayMs);
    // Those that it was not working on are fed to another, as if nothing had happened.
    for (const guest of held) if (!guest.outstanding) this.#guests.add(guest);
    for (const victim of victims.reverse()) this.#retry(victim, reason);
    this.#pump();
  }

  /** After a failed attempt: to be recognised alone when it is finished, unless it has had its attempts. */
  #retry(utterance: PooledUtterance, reason: string): void {
    utterance.attempts += 1;
    utterance.options.attempted(utterance.attempts);
    if (utterance.attempts >= MAX_ATTEMPTS) this.#giveUp(utterance, reason);
    else if (utterance.length !== null) this.#queue.unshift(utterance);
  }

  #giveUp(utterance: PooledUtterance, reason: string): void {
    this.#failed += 1;
    utterance.reject(
      new TributaryError('recognition_failed', `after ${utterance.attempts} attempts: ${reason}`),
    );
  }
}

function leastLoaded(slots: readonly Slot[]): Slot | undefined {
  return slots.reduce<Slot | undefined>(
    (least, slot) => (least === undefined || slot.held.size < least.held.size ? slot : least),
    undefined,
  );
}

function closed(): TributaryError {
  return new TributaryError('unavailable', 'the recogniser is closed');
}
