import { expect, test } from 'vitest';
import { joinInto, pack, packApart, packedOf, unpack } from '../../../runtime/src/values/index.js';

const long = new Float64Array(10_000).map((_, at) => at);
const values: Record<string, unknown> = {
  'a number': 7,
  'an array of numbers': long,
  'two arrays and what lies between': {
    first: long,
    text: 'between',
    second: Buffer.alloc(70_000, 1),
    last: 1,
  },
  'one array twice': [long, long],
  'arrays at both ends': [
    Buffer.alloc(65_536, 2),
    'middle',
    Buffer.alloc(65_535, 3),
    Buffer.alloc(65_537, 4),
  ],
};

function copyOf(bytes: Uint8Array): ArrayBuffer {
  return bytes.slice().buffer as ArrayBuffer;
}

test.each(Object.keys(values))('%s, joined, is what it would have been packed to', (name) => {
  const whole = Buffer.from(pack(values[name], 'args'));
  const packed = packApart(values[name], 'args');
  expect(packed.lengthBytes).toBe(whole.length);
  const joined = Buffer.alloc(whole.length + 5);
  joinInto(packed, joined, 5);
  expect(joined.subarray(5).equals(whole)).toBe(true);
});

test.each(Object.keys(values))('%s is read from its parts', (name) => {
  const { body, runs } = packApart(values[name], 'args');
  const bytes = Buffer.from(body);
  const left = runs.map((run) => copyOf(run.bytes));
  const read = unpack(bytes, 0, bytes.length, (lengthBytes) =>
    left[0]?.byteLength === lengthBytes ? left.shift() : undefined,
  );
  expect(read).toStrictEqual(values[name]);
  expect(left).toEqual([]);
});

test('a long run that is not there is damage', () => {
  const bytes = Buffer.from(packApart([long], 'args').body);
  expect(() => unpack(bytes, 0, bytes.length, () => undefined)).toThrow(
    expect.objectContaining({ code: 'ERR_VALUE_DECODE' }),
  );
});

test('half an element in a run is damage', () => {
  const bytes = Buffer.from(packApart([long], 'args').body);
  expect(() => unpack(bytes, 0, bytes.length, () => new ArrayBuffer(80_001))).toThrow(
    expect.objectContaining({ code: 'ERR_VALUE_DECODE' }),
  );
});

test('bytes that a getter gives away while they are read are refused', () => {
  const numbers = new Float64Array(10_000);
  const value = {
    numbers,
    get later() {
      structuredClone(numbers.buffer, { transfer: [numbers.buffer] });
      return 1;
    },
  };
  expect(() => packApart(value, 'args')).toThrow(
    expect.objectContaining({ code: 'ERR_VALUE', path: 'args' }),
  );
});

test('bytes without runs are as long as their body', () => {
  expect(packedOf(Buffer.from('abc'))).toEqual({ body: Buffer.from('abc'), runs: [], lengthBytes: 3 });
});
