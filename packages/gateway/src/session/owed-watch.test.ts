import { describe, expect, it } from 'vitest';
import { OWED_AFTER_MS, OwedWatch } from './owed-watch.js';

describe('OwedWatch', () => {
  it('is due once in a while, only while something is owed and nothing comes', () => {
    const owed = new OwedWatch();
    expect(owed.isDue(true, 0)).toBe(false);
    expect(owed.isDue(true, OWED_AFTER_MS)).toBe(false);
    expect(owed.isDue(true, OWED_AFTER_MS + 1)).toBe(true);
    expect(owed.isDue(true, OWED_AFTER_MS + 2)).toBe(false);
    owed.came();
    expect(owed.isDue(true, 2 * OWED_AFTER_MS + 2)).toBe(false);
    expect(owed.isDue(false, 3 * OWED_AFTER_MS + 3)).toBe(false);
    expect(owed.isDue(true, 9 * OWED_AFTER_MS)).toBe(false);
  });
});
