import { isDeepStrictEqual } from 'node:util';
import { expect, it } from 'vitest';
import { MprocError } from '../../../runtime/src/errors/index.js';
import { pack, packInto, unpack } from '../../../runtime/src/values/index.js';
import { randomValue, seeded } from './random-values.js';
import { roundTrip } from './round-trip.js';

const SEED = Number(process.env.MPROC_TEST_SEED ?? 20_261_123);
const VALUES = 3_000;
const CORRUPTIONS = 40_000;

/** What isDeepStrictEqual leaves out: that the same objects are the same, and which prototypes there are. */
function sameGraph(a: unknown, b: unknown, pairs = new Map<unknown, unknown>()): boolean {
  if (typeof a !== 'object' || a === null) return Object.is(a, b);
  if (pairs.has(a)) return pairs.get(a) === b;
  pairs.set(a, b);
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  const keys = Object.getOwnPropertyNames(a);
  if (!isDeepStrictEqual(keys, Object.getOwnPropertyNames(b))) return false;
  if (a instanceof Map || a instanceof Set) {
    const [left, right] = [[...a].flat(), [...(b as Set<unknown>)].flat()];
    if (left.length !== right.length) return false;
    if (a instanceof Map && !left.every((item, i) => sameGraph(item, right[i], pairs))) return false;
  }
  return ArrayBuffer.isView(a)
    ? true
    : keys.every((key) => sameGraph(Reflect.get(a, key), Reflect.get(b as object, key), pairs));
}

/** Node.js 22 fails at some sets with objects and `undefined` in them. `false` sends the values to Vitest's own comparison. */
function isEqual(a: unknown, b: unknown): boolean {
  try {
    return isDeepStrictEqual(a, b);
  } catch {
    return false;
  }
}

it(`brings ${VALUES} random values back as they were (seed ${SEED})`, () => {
  const random = seeded(SEED);
  for (let i = 0; i < VALUES; i++) {
    const value = randomValue(random, 5);
    const copy = roundTrip(value);
    if (!isEqual(copy, value) || !sameGraph(value, copy))
      expect(copy, `value ${i} of seed ${SEED}`).toStrictEqual(value);
    const length = pack(value, 'args').length;
    const target = Buffer.alloc(length + 6, 0xaa);
    expect(packInto(target, 3, value, 'args', length + 3)).toBe(length);
    expect([...target.subarray(0, 3), ...target.subarray(length + 3)]).toEqual(Array(6).fill(0xaa));
    expect(packInto(target, 3, value, 'args', length + 2)).toBe(-1);
    expect(target[length + 3]).toBe(0xaa);
  }
});

it(`reads changed bytes as a value or refuses them with ERR_VALUE_DECODE (seed ${SEED})`, () => {
  const random = seeded(SEED);
  const before = process.memoryUsage().rss;
  let refused = 0;
  let intact = Buffer.alloc(0);
  for (let i = 0; i < CORRUPTIONS; i++) {
    if (i % 10 === 0) intact = Buffer.from(pack(randomValue(random, 4), 'args'));
    const bytes = Buffer.from(intact);
    for (let flips = 1 + Math.floor(random() * 4); flips > 0; flips--)
      bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
    const length = random() < 0.2 ? Math.floor(random() * bytes.length) : bytes.length;
    try {
      unpack(bytes, 0, length);
    } catch (error) {
      refused += 1;
      if (!(error instanceof MprocError) || error.code !== 'ERR_VALUE_DECODE') throw error;
    }
  }
  expect(refused).toBeGreaterThan(CORRUPTIONS / 10);
  expect(process.memoryUsage().rss - before).toBeLessThan(1024 ** 3);
});

it('reads random bytes as a value or refuses them', () => {
  const random = seeded(SEED + 1);
  for (let i = 0; i < CORRUPTIONS; i++) {
    const bytes = Buffer.from(Array.from({ length: 40 }, () => Math.floor(random() * 30)));
    bytes[0] = 1;
    try {
      unpack(bytes, 0, bytes.length);
    } catch (error) {
      if (!(error instanceof MprocError) || error.code !== 'ERR_VALUE_DECODE') throw error;
    }
  }
});

it('takes no memory for sizes that are only claimed', () => {
  const huge = [0xff, 0xff, 0xff, 0xff, 0x0f];
  for (let tag = 1; tag < 64; tag++) {
    for (const prefix of [[tag], [tag, 1], [12, 127, tag], [13, ...huge, 14, ...huge, 0, tag]]) {
      const bytes = Buffer.from([1, ...Array(50).fill(prefix).flat(), ...huge, ...huge]);
      try {
        unpack(bytes, 0, bytes.length);
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_VALUE_DECODE' });
      }
    }
  }
  const nested = Buffer.from([1, ...Array(100_000).fill([12, 1]).flat(), 1]);
  expect(() => unpack(nested, 0, nested.length)).toThrow('nested too deeply');
});

it('refuses a place that is not in the buffer', () => {
  const bytes = Buffer.from(pack([1, 2], 'args'));
  for (const [offset, length] of [
    [0, 99],
    [-1, 2],
    [0, 0],
    [99, 1],
    [0, Number.NaN],
  ] as const)
    expect(() => unpack(bytes, offset, length)).toThrow('its place is not in the buffer');
});
