import { expect, it } from 'vitest';
import { FixedEndpointer } from './fixed-endpointer.js';

it('cuts after a fixed number of samples', () => {
  const endpointer = new FixedEndpointer(100);
  expect(endpointer.flush()).toBeNull();
  expect(endpointer.heard).toBeNull();
  expect(endpointer.push(new Int16Array(99))).toBeNull();
  expect(endpointer.heard).toEqual({ start: 0, until: 99, mayEnd: false });
  expect(endpointer.flush()).toEqual({ kind: 'speech', start: 0, end: 99 });
  expect(endpointer.push(new Int16Array(50))).toEqual({ kind: 'speech', start: 0, end: 100 });
  expect(endpointer.heard).toEqual({ start: 0, until: 100, mayEnd: false });
  expect(() => new FixedEndpointer(0)).toThrow(RangeError);
});
