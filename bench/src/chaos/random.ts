/** Mixes 32 bits so that each depends on all: the finaliser of MurmurHash3. */
export function mix32(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A 32-bit number from any parts; the same parts give the same number on every machine. */
export function seedOf(...parts: readonly (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const character of parts.join('\u0000')) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return mix32(hash);
}

const STEP = 0x9e3779b9;

/** Random numbers that can be had again: who starts from the same parts gets the same sequence. */
export class Random {
  #state: number;

  constructor(...parts: readonly (string | number)[]) {
    this.#state = seedOf(...parts);
  }

  /** From 0 up to 1. */
  next(): number {
    this.#state = (this.#state + STEP) | 0;
    return mix32(this.#state) / 2 ** 32;
  }

  /** A whole number; both ends are included. */
  integer(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError('nothing to pick from');
    return list[Math.floor(this.next() * list.length)] as T;
  }

  shuffle<T>(list: readonly T[]): T[] {
    const left = [...list];
    const mixed: T[] = [];
    while (left.length > 0) mixed.push(...left.splice(Math.floor(this.next() * left.length), 1));
    return mixed;
  }
}
