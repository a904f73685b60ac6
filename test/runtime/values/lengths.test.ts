import { expect, it } from 'vitest';
import { knownLength, pack, packInto, unpack } from '../../../runtime/src/values/index.js';

it.each([
  Buffer.alloc(0),
  Buffer.alloc(127),
  Buffer.alloc(128),
  new Float64Array(5000),
  new ArrayBuffer(20_000),
  new DataView(new ArrayBuffer(70_000), 3),
])('knows %#: how long bytes will be, and fits them in exactly', (value) => {
  const length = knownLength(value)!;
  expect(pack(value, 'args').length).toBe(length);
  const target = Buffer.alloc(length);
  expect(packInto(target, 0, value, 'args')).toBe(length);
  expect(unpack(target, 0, length)).toStrictEqual(value);
});

it.each([
  1,
  'text',
  null,
  undefined,
  {},
  [1],
  new Map(),
  new SharedArrayBuffer(1),
  new Uint8Array(new SharedArrayBuffer(1)),
])('does not know the length of %#: before it is packed', (value) => {
  expect(knownLength(value)).toBeUndefined();
});

it('packs while it is packing, from a getter', () => {
  const value = {
    before: [1],
    get inner() {
      return Array.from(pack({ x: [2, 3] }, 'state'));
    },
    after: [4],
  };
  const bytes = Buffer.from(pack(value, 'args'));
  const copy = unpack(bytes, 0, bytes.length) as { before: unknown; inner: number[]; after: unknown };
  expect([copy.before, copy.after]).toEqual([[1], [4]]);
  expect(unpack(Buffer.from(copy.inner), 0, copy.inner.length)).toEqual({ x: [2, 3] });
});
