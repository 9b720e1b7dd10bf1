import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keys, releaseShard, renewLease, streamOf, takeShard } from '@tributary/shared';
import { WORKSPACE_FOLDER } from '@tributary/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { attach, LEASE_MS, own, type ScriptRedis, startScriptRedis } from './script-redis.js';

/*
 * Owners of one shard, each acting on what it last knew, in any order: whatever they do, only the latest taker's
 * commits count, each once and in turn.
 */

const OWNERS = ['a', 'b', 'c'];
const SESSIONS = ['s1', 's2'];
const COMMIT = readFileSync(join(WORKSPACE_FOLDER, 'packages/shared/lua/commit.lua'), 'utf8');

let world: ScriptRedis;
beforeAll(async () => {
  world = await startScriptRedis();
});
afterAll(async () => await world.stop());

/** A commit as it was once sent; whoever resends it sends it to the letter. */
interface Sent {
  owner: string;
  lease: string;
  number: number;
  tag: string;
  session: string;
  kind: 'S' | '';
}

/** What an owner believes; it may be long out of date. */
interface Belief {
  lease: string;
  runId: string;
  number: number;
}

type Action =
  /** Takes the shard if it is free, or its own, and believes what it is told. */
  | { do: 'take'; owner: number }
  | { do: 'renew'; owner: number }
  /** Commits the next number. One that was refused stops, unless it is stubborn: it noticed nothing. */
  | { do: 'commit'; owner: number; session: number; stubborn: boolean; markOnly: boolean }
  /** Something that was sent before is sent again: its answer was lost, or it was held up on its way. */
  | { do: 'resend'; which: number }
  /** The answer to its last commit never came, and it was restarted without it: it tries the same number anew. */
  | { do: 'forget'; owner: number }
  | { do: 'release'; owner: number }
  | { do: 'expire' };

const owner = fc.nat(OWNERS.length - 1);
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('take' as const), owner }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('renew' as const), owner }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('commit' as const),
      owner,
      session: fc.nat(SESSIONS.length - 1),
      stubborn: fc.boolean(),
      markOnly: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('resend' as const), which: fc.nat(100) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const), owner }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('release' as const), owner }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('expire' as const) }) },
);

/** One run against the real scripts, with this text of the commit script. */
class Run {
  readonly #shard = world.nextShard();
  readonly #script: string;
  readonly #incarnations = new Map<string, string>();
  readonly #beliefs = new Map<string, Belief>();
  readonly #sent: Sent[] = [];
  readonly #accepted: Sent[] = [];
  /** Lease of the latest taker, while Redis has it. */
  #current: string | null = null;

  constructor(script: string) {
    this.#script = script;
  }

  async begin(): Promise<void> {
    await own(world.redis, this.#shard);
    await this.#expire();
    for (const sessionId of SESSIONS) {
      const { incarnation } = await attach(world.redis, this.#shard, { sessionId });
      this.#incarnations.set(sessionId, incarnation);
    }
  }

  async act(step: Action): Promise<void> {
    const name = 'owner' in step ? OWNERS[step.owner]! : '';
    const belief = this.#beliefs.get(name);
    switch (step.do) {
      case 'take':
        return await this.#take(name);
      case 'expire':
        return await this.#expire();
      case 'resend': {
        const sent = this.#sent[step.which % Math.max(1, this.#sent.length)];
        if (sent !== undefined) await this.#send(sent);
        return;
      }
      case 'forget':
        if (belief !== undefined && belief.number > 0) belief.number--;
        return;
      case 'renew': {
        if (belief === undefined) return;
        const { lease, runId } = belief;
        const renewed = await renewLease(world.redis, 'worker', this.#shard, lease, LEASE_MS, runId);
        expect(renewed).toBe(lease === this.#current);
        return;
      }
      case 'release':
        if (belief === undefined) return;
        await releaseShard(world.redis, 'worker', this.#shard, belief.lease, name);
        if (belief.lease === this.#current) this.#current = null;
        return;
      case 'commit':
        if (belief !== undefined) await this.#commit(name, belief, step);
    }
  }

  /** What must hold of everything that was accepted. */
  async check(): Promise<void> {
    const { redis } = world;
    const accepted = this.#accepted;
    // Commit numbers have no holes.
    expect(accepted.map(({ number }) => number)).toEqual(accepted.map((_, i) => i + 1));
    expect(Number(await redis.hget(keys.shard(this.#shard), 'commit'))).toBe(accepted.length);
    // Each is in the results exactly once, in turn, and the sequence numbers of a session are 1, 2, 3 …
    const taken = new Map<string, number>();
    const wanted = accepted.flatMap(({ kind, session, tag }) => {
      if (kind === '') return [];
      const seq = (taken.get(session) ?? 0) + 1;
      taken.set(session, seq);
      return [[`1|S|${session}|${this.#incarnations.get(session)}|${seq}`, tag]];
    });
    const entries = await redis.xrange(keys.results(this.#shard), '-', '+');
    expect(entries.map(([, fields]) => [fields[1], fields[3]])).toEqual(wanted);
    for (const session of SESSIONS) {
      const seq = await redis.hget(keys.session(this.#shard, session), 'seq');
      expect(Number(seq)).toBe(taken.get(session) ?? 0);
    }
  }

  async #take(name: string): Promise<void> {
    const taken = await takeShard(world.redis, 'worker', this.#shard, name, LEASE_MS);
    const holder = this.#current?.split(':')[0];
    // Free, or its own: it gets it. Somebody else's: it does not.
    expect(taken !== null).toBe(holder === undefined || holder === name);
    if (taken === null) return;
    expect(taken.lastCommit).toBe(this.#accepted.length);
    this.#current = taken.lease;
    this.#beliefs.set(name, { lease: taken.lease, runId: taken.runId, number: taken.lastCommit });
  }

  async #expire(): Promise<void> {
    await world.redis.del(keys.lease(this.#shard, 'worker'));
    this.#current = null;
  }

  async #commit(name: string, belief: Belief, step: Action & { do: 'commit' }): Promise<void> {
    const sent: Sent = {
      owner: name,
      lease: belief.lease,
      number: belief.number + 1,
      tag: `tag${this.#sent.length}`,
      session: SESSIONS[step.session]!,
      kind: step.markOnly ? '' : 'S',
    };
    this.#sent.push(sent);
    const outcome = await this.#send(sent);
    if (outcome === 'ok') belief.number++;
    else if (!step.stubborn) this.#beliefs.delete(name);
  }

  async #send(sent: Sent): Promise<string> {
    const shard = this.#shard;
    const [outcome] = (await world.redis.eval(
      this.#script,
      6,
      keys.lease(shard, 'worker'),
      keys.shard(shard),
      keys.session(shard, sent.session),
      streamOf('worker', shard),
      keys.results(shard),
      keys.deadlines(shard),
      ...[sent.lease, sent.number, sent.tag, sent.session, this.#incarnations.get(sent.session)!, sent.kind],
      ...[sent.tag, '', '{}', '', -1, ''],
    )) as [string];
    // Nothing that is in order is refused, and an owner whose answer was lost gets it when it asks again.
    if (sent.lease === this.#current) {
      if (sent.number === this.#accepted.length + 1) expect(outcome).toBe('ok');
      if (sent === this.#accepted.at(-1)) expect(outcome).toBe('done');
    }
    if (outcome === 'ok') {
      // Never two owners: it is the latest taker, and its lease has not run out.
      expect(sent.lease).toBe(this.#current);
      expect(this.#accepted).not.toContain(sent);
      this.#accepted.push(sent);
    } else if (outcome === 'done') {
      // Only what was made before counts as made before.
      expect(this.#accepted.at(-1)).toBe(sent);
    } else {
      expect(['lease', 'number']).toContain(outcome);
    }
    return outcome;
  }
}

function property(script: string): fc.IAsyncProperty<[Action[]]> {
  return fc.asyncProperty(fc.array(action, { maxLength: 60, size: 'max' }), async (steps) => {
    const run = new Run(script);
    await run.begin();
    for (const step of steps) await run.act(step);
    await run.check();
  });
}

it('whatever owners do, and whenever, no two of them commit at a time', async () => {
  await fc.assert(property(COMMIT), { numRuns: 200 });
});

/** The property must notice when the script no longer checks what it relies on. */
it.each([
  ['the lease', /^if redis\.call\('GET', KEYS\[1\]\) ~= ARGV\[1\] then .*$/m, ''],
  ['the commit number', /^if number ~= last \+ 1 then .*$/m, ''],
  [
    'whether this very commit was made before',
    /^if number == last and shard\[2\] == ARGV\[3\] then .*$/m,
    '',
  ],
  ['the tag of a commit that was made before', 'number == last and shard[2] == ARGV[3]', 'number == last'],
  ["the session's next seq", "redis.call('HINCRBY', KEYS[3], 'seq', 1)", "tonumber(s[4] or '0') + 1"],
])('notices a commit script that does not look at %s', async (_, check, replacement) => {
  const mutant = COMMIT.replace(check, replacement);
  expect(mutant).not.toBe(COMMIT);
  const { failed } = await fc.check(property(mutant), { numRuns: 200, endOnFailure: true });
  expect(failed).toBe(true);
});
