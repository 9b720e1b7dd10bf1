import { NO_SPAN, type Span, type Stamp, type TraceContext } from '@tributary/shared';
import type { Appending } from './audio-log.js';
import { ChunkLedger, type LedgerEntry } from './chunk-ledger.js';
import { type Item, itemHeader } from './item.js';
import type { SessionHost } from './session-host.js';

/** So long Redis is offered what a client sent before its socket closed. */
const LAST_APPENDS_MS = 10_000;

export interface OutboxOptions {
  sessionId: string;
  shard: number;
  /** What the spans of appends are below; '' when the session is not traced. */
  trace: TraceContext;
  /** Told what Redis has confirmed together with all before it, in order. */
  confirmed(entries: readonly LedgerEntry[]): void;
}

/** What a session has for Redis: held until it is attached, then appended in its epoch until Redis has confirmed it. */
export class Outbox {
  readonly #host: SessionHost;
  readonly #options: OutboxOptions;
  #epoch: Stamp = '';
  #ledger = new ChunkLedger<SentItem>();
  #held: Item[] = [];
  #heldBytes = 0;
  /** Entries that Redis has confirmed while the next epoch was being opened; null while none is. */
  #confirmedMeanwhile: number[] | null = null;
  #overAt: number | null = null;

  constructor(host: SessionHost, options: OutboxOptions) {
    this.#host = host;
    this.#options = options;
  }

  get epoch(): Stamp {
    return this.#epoch;
  }

  /** Bytes that Redis has not confirmed yet. */
  get bytes(): number {
    return this.#ledger.bytes + this.#heldBytes;
  }

  /** Redis has confirmed all that was appended in the present epoch. */
  get isConfirmed(): boolean {
    return this.#ledger.size === 0;
  }

  /** The client's finish is held. */
  get holdsFinish(): boolean {
    return this.#held.some(({ kind }) => kind === 'finish');
  }

  /** True while an entry of the present epoch is on its way to Redis. */
  isInFlight(n: number): boolean {
    return this.#ledger.isInFlight(n);
  }

  /** Keeps what came before the session was attached. */
  hold(item: Item): void {
    this.#held.push(item);
    this.#heldBytes += item.bytes;
    this.#host.inFlight(item.bytes);
  }

  /** Gives back what was held. */
  takeHeld(): Item[] {
    const items = this.#held;
    this.#host.inFlight(-this.#heldBytes);
    this.#held = [];
    this.#heldBytes = 0;
    return items;
  }

  /** The session is released: nothing more is taken, and what is in flight is offered for a while. */
  stop(): void {
    this.#overAt = performance.now();
    this.takeHeld();
  }

  /** Another epoch is being opened: what is confirmed until then may lie behind its control entry, and then counts for nothing. */
  suspend(): void {
    this.#confirmedMeanwhile = [];
  }

  /** An epoch was opened. Returns what Redis has not confirmed of the one before, in order. */
  begin(epoch: Stamp): Item[] {
    const again = this.#ledger.inFlight().map(({ item }) => item);
    this.#epoch = epoch;
    this.#ledger = new ChunkLedger();
    if (this.#confirmedMeanwhile !== null) this.#confirmedMeanwhile = [];
    return again;
  }

  /** No epoch is being opened any more; where it has stayed what it was, what was confirmed meanwhile counts. */
  resume(): void {
    const meanwhile = this.#confirmedMeanwhile ?? [];
    this.#confirmedMeanwhile = null;
    for (const n of meanwhile) this.#confirm(n);
  }

  append(item: Item): void {
    const { kind, chunkIndex, bytes } = item;
    if (chunkIndex !== null) {
      this.#host.metrics.chunks.inc();
      this.#host.turn.chunk();
    }
    if (kind === 'audio') this.#host.metrics.chunkBytes.inc(bytes);
    this.#host.inFlight(bytes);
    const { sessionId, shard } = this.#options;
    const ledger = this.#ledger;
    const span = this.#beginSpan(item);
    const header = itemHeader(item, sessionId, this.#epoch, ledger.next, span.context);
    const sent = new SentItem(this, ledger, item, shard, header, span);
    ledger.add(sent);
    this.#host.log.append(sent);
  }

  /** Whether Redis is still to be offered what is in this ledger. */
  wants(ledger: ChunkLedger<SentItem>): boolean {
    if (ledger !== this.#ledger) return false;
    return this.#overAt === null || performance.now() - this.#overAt < LAST_APPENDS_MS;
  }

  /** What an item was appended for has come about, or is given up. */
  settled(ledger: ChunkLedger<SentItem>, { n, bytes, span }: SentItem, appended: boolean): void {
    this.#host.inFlight(-bytes);
    span.end();
    // Of an epoch that was replaced meanwhile the entries were appended again in the new one.
    if (!appended || ledger !== this.#ledger) return;
    if (this.#confirmedMeanwhile !== null) this.#confirmedMeanwhile.push(n);
    else this.#confirm(n);
  }

  #confirm(n: number): void {
    this.#options.confirmed(this.#ledger.confirm(n));
  }

  #beginSpan({ chunkIndex, bytes }: Item): Span {
    const { trace, sessionId, shard } = this.#options;
    if (trace === '' || chunkIndex === null) return NO_SPAN;
    return this.#host.tracer.begin('append', trace, {
      'tributary.session': sessionId,
      'tributary.shard': shard,
      'tributary.chunk_index': chunkIndex,
      'tributary.bytes': bytes,
    });
  }
}

/** An item on its way to Redis. One object for each chunk, which all who deal with it share. */
class SentItem implements Appending, LedgerEntry {
  readonly n: number;
  readonly at = performance.now();
  readonly item: Item;
  readonly shard: number;
  readonly header: string;
  readonly span: Span;
  readonly #outbox: Outbox;
  readonly #ledger: ChunkLedger<SentItem>;

  /** It takes the ledger's next place. */
  constructor(
    outbox: Outbox,
    ledger: ChunkLedger<SentItem>,
    item: Item,
    shard: number,
    header: string,
    span: Span,
  ) {
    this.n = ledger.next;
    this.item = item;
    this.shard = shard;
    this.header = header;
    this.span = span;
    this.#outbox = outbox;
    this.#ledger = ledger;
  }

  get chunkIndex(): number | null {
    return this.item.chunkIndex;
  }

  get bytes(): number {
    return this.item.bytes;
  }

  get binary(): boolean {
    return this.item.binary;
  }

  get payload(): Buffer | string {
    return this.item.payload;
  }

  get isWanted(): boolean {
    return this.#outbox.wants(this.#ledger);
  }

  settled(appended: boolean): void {
    this.#outbox.settled(this.#ledger, this, appended);
  }
}
