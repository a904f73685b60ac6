import { isDeepStrictEqual } from 'node:util';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { pack } from '../../../runtime/src/values/index.js';
import { roundTrip } from './round-trip.js';

class Point {
  constructor(
    public x = 1,
    public y = 2,
  ) {}
  get sum() {
    return this.x + this.y;
  }
}

const resized = Object.assign([1, 2], { extra: 'x', 'odd key': [3] });

interface Cyclic {
  self: unknown;
  a: object;
  b: unknown[];
  map: Map<unknown, unknown>;
  again: unknown;
  when: unknown;
  error: Error & { shared: unknown };
}

describe('values that come back as they were', () => {
  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['true and false', [true, false]],
    ['-0', -0],
    ['NaN and infinities', [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
    [
      'integers at every border',
      [0, 1, 127, 128, -1, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), -(2 ** 31) - 1, 2 ** 53],
    ],
    ['fractions', [0.1, -1.5, Number.MIN_VALUE, Number.MAX_VALUE, Number.EPSILON]],
    ['BigInts of any size', [0n, -1n, 2n ** 63n - 1n, 2n ** 63n, -(2n ** 63n), -(2n ** 64n), 7n ** 5000n]],
    ['strings of every length', [0, 1, 62, 63, 64, 65, 127, 128, 5000].map((n) => 'x'.repeat(n))],
    ['strings of other scripts', ['é', 'äöü'.repeat(50), '日本語', '日本語'.repeat(500), '😀'.repeat(70)]],
    ['NUL in strings and keys', { 'a\0b': 'c\0d', '\0': '\0'.repeat(100) }],
    ['lone surrogates', ['\ud800', 'a\udc00b', `${'x'.repeat(100)}\ud83d`, { '\udfff': 1 }]],
    // biome-ignore lint/suspicious/noSparseArray: holes are what is tested
    ['holes', [, 1, , undefined, ,]],
    ['an array of nothing but holes', new Array(5)],
    ['arrays with properties of their own', resized],
    ['a match of a regular expression', /b(c)?/.exec('abc')],
    ['nested arrays and objects', { a: [{ b: [] }, { b: [{}] }], c: { d: { e: null } } }],
    ['keys that look like indices', { 2: 'b', 1: 'a', '-1': 'c', '01': 'd' }],
    ['undefined properties', { a: undefined }],
    ['Dates', [new Date(0), new Date(-1), new Date(8.64e15)]],
    ['regular expressions', [/a/, /[/]\n/giu, /(?<x>y)/dmsy, /(?:)/]],
    [
      'a Map',
      new Map<unknown, unknown>([
        ['a', 1],
        [{ k: 1 }, new Map()],
        [Number.NaN, -0],
      ]),
    ],
    ['a Set', new Set<unknown>([1, 'a', [1], new Set()])],
    ['a Buffer', Buffer.from('hello')],
    ['a nested Buffer', { a: [Buffer.from('hello'), Buffer.alloc(0)] }],
    [
      'typed arrays',
      [
        Int8Array,
        Uint8Array,
        Uint8ClampedArray,
        Int16Array,
        Uint16Array,
        Int32Array,
        Uint32Array,
        Float32Array,
        Float64Array,
      ].map((T) => T.from([0, 1, 2])),
    ],
    ['typed arrays of BigInts', [BigInt64Array.of(-1n, 2n ** 62n), BigUint64Array.of(2n ** 63n)]],
    ['an ArrayBuffer', new Uint8Array([1, 2, 3]).buffer],
    ['a DataView', new DataView(new Uint8Array([1, 2, 3]).buffer, 1)],
    ['boxed primitives', [Object(1), Object('a'), Object(true), Object(5n), Object(-0)]],
    ['more than a few shapes', Array.from({ length: 60 }, (_, i) => ({ [`k${i % 40}`]: i, same: { i } }))],
    [
      'long arrays',
      [Array.from({ length: 5000 }, (_, i) => i / 2), Array.from({ length: 500 }, () => undefined)],
    ],
  ])('%s', (_name, value) => {
    const copy = roundTrip(value);
    expect(isDeepStrictEqual(copy, value)).toBe(true);
    expect(copy).toStrictEqual(value);
  });

  it('keeps the invalid date', () => {
    expect(roundTrip(new Date(Number.NaN)).getTime()).toBeNaN();
  });

  it('keeps holes apart from undefined', () => {
    const sparse: unknown[] = [undefined];
    sparse[3] = 1;
    expect(Object.keys(roundTrip(sparse))).toEqual(['0', '3']);
    const long = Array.from({ length: 200 }, (_, i) => i);
    delete long[100];
    expect(Object.keys(roundTrip(long))).toHaveLength(199);
  });

  it('takes no time for billions of holes', () => {
    const sparse: unknown[] = [];
    sparse[4_000_000_000] = 'end';
    sparse[70] = 'middle';
    const copy = roundTrip([sparse])[0]!;
    expect(copy.length).toBe(4_000_000_001);
    expect(Object.keys(copy)).toEqual(['70', '4000000000']);
    expect(roundTrip(new Array(4_294_967_295)).length).toBe(4_294_967_295);
  });

  it('keeps cycles and shared references', () => {
    const shared = { n: 1 };
    const root: Record<string, unknown> = { a: shared, b: [shared], when: new Date(1) };
    root.self = root;
    root.map = new Map<unknown, unknown>([[shared, root]]);
    root.again = root.when;
    root.error = Object.assign(new Error('x', { cause: root }), { shared });
    const copy = roundTrip(root) as unknown as Cyclic;
    expect(copy.self).toBe(copy);
    expect(copy.b[0]).toBe(copy.a);
    expect(copy.map.get(copy.a)).toBe(copy);
    expect(copy.again).toBe(copy.when);
    expect(copy.error.cause).toBe(copy);
    expect(copy.error.shared).toBe(copy.a);
  });

  it('keeps views of one memory views of one memory', () => {
    const memory = new ArrayBuffer(16);
    const value = {
      memory,
      bytes: new Uint8Array(memory, 4, 8),
      doubles: new Float64Array(memory),
      view: new DataView(memory, 1),
      buffer: Buffer.from(memory, 2, 3),
      again: memory,
    };
    const copy = roundTrip(value);
    expect(copy).toEqual(value);
    copy.view.setUint8(4, 7);
    expect([copy.bytes[1], copy.buffer[3], new Uint8Array(copy.memory)[5]]).toEqual([7, undefined, 7]);
    for (const part of [copy.bytes, copy.doubles, copy.view, copy.buffer])
      expect(part.buffer).toBe(copy.memory);
    expect(copy.again).toBe(copy.memory);
    expect(new Uint8Array(memory)[5]).toBe(0);
  });

  it('shows the memory that an array before it was sent with', () => {
    const first = new Float64Array([1, 2, 3]);
    const [array, memory, half] = roundTrip([first, first.buffer, new Uint8Array(first.buffer, 8)] as const);
    expect([array, half.byteOffset, half.byteLength]).toEqual([first, 8, 16]);
    expect(memory).toBe(array.buffer);
    expect(half.buffer).toBe(memory);
  });

  it('sends of a pool no more than the Buffers that lie in it', () => {
    const buffers = [Buffer.from('one'), Buffer.from('two'), Buffer.from('one')];
    expect(pack(buffers, 'args').length).toBeLessThan(40);
    expect(roundTrip(buffers)).toEqual(buffers);
  });

  it('keeps shared references among many objects', () => {
    const items = Array.from({ length: 1000 }, (_, i) => ({ i }));
    const copy = roundTrip([items, [...items].reverse()]);
    expect(copy.map((list) => list.length)).toEqual([1_000, 1_000]);
    expect(copy[0]!.every((item, i) => copy[1]![999 - i] === item && item.i === i)).toBe(true);
  });

  it('never sets a prototype', () => {
    const hostile = JSON.parse('{"__proto__": {"polluted": 1}, "a": 1}');
    const copy = roundTrip(hostile);
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect(Object.keys(copy)).toEqual(['__proto__', 'a']);
    expect(copy.polluted).toBeUndefined();
  });

  it('keeps only the bytes a view shows', () => {
    const whole = new Uint8Array(1000).fill(7);
    const copy = roundTrip({ part: whole.subarray(10, 14), view: new DataView(whole.buffer, 3, 2) });
    expect(copy.part).toEqual(Uint8Array.of(7, 7, 7, 7));
    expect(copy.part.buffer.byteLength).toBe(4);
    expect(copy.view.buffer.byteLength).toBe(2);
  });

  it('sends 64 MB of bytes', () => {
    const big = Buffer.alloc(64 * 1024 * 1024, 'pattern');
    expect(roundTrip(big).equals(big)).toBe(true);
  });
});

describe('values that come back as structured cloning makes them', () => {
  it('makes instances plain objects of their own enumerable properties', () => {
    const copy = roundTrip([new Point(), new Point(3, 4)]);
    expect(copy).toStrictEqual([
      { x: 1, y: 2 },
      { x: 3, y: 4 },
    ]);
  });

  it('makes objects without prototype plain ones', () => {
    const copy = roundTrip(Object.assign(Object.create(null), { a: 1 }));
    expect(copy).toStrictEqual({ a: 1 });
  });

  it('makes instances of subclasses instances of the built-in class', () => {
    class Names extends Map<string, number> {}
    class Bytes extends Uint8Array {}
    expect(roundTrip<unknown>(new Names([['a', 1]]))).toStrictEqual(new Map([['a', 1]]));
    expect(roundTrip<unknown>(new Bytes([1]))).toStrictEqual(new Uint8Array([1]));
  });

  it('leaves out symbol keys and properties that are not enumerable', () => {
    const value = Object.defineProperty({ a: 1, [Symbol('s')]: 2 }, 'hidden', { value: 3 });
    expect(Reflect.ownKeys(roundTrip(value))).toEqual(['a']);
  });

  it('sends a regular expression with lastIndex 0', () => {
    const pattern = /a/g;
    pattern.lastIndex = 3;
    expect(roundTrip(pattern).lastIndex).toBe(0);
  });

  it('reads each getter once and looks through proxies', () => {
    let reads = 0;
    const value = {
      get a() {
        return ++reads;
      },
    };
    expect(roundTrip(value)).toStrictEqual({ a: 1 });
    expect(roundTrip(new Proxy({ a: [1] }, {}))).toStrictEqual({ a: [1] });
    expect(roundTrip(new Proxy([1, { b: 2 }], {}))).toStrictEqual([1, { b: 2 }]);
  });

  it('never calls toJSON', () => {
    const value = {
      a: 1,
      toJSON: undefined,
      nested: Object.assign(
        Object.create({
          toJSON() {
            throw new Error('called');
          },
        }),
        { b: 1 },
      ),
    };
    expect(roundTrip(value)).toStrictEqual({ a: 1, toJSON: undefined, nested: { b: 1 } });
  });

  it('knows the built-in objects of another context', () => {
    const foreign = runInNewContext(
      '({ a: [1, 2], m: new Map([[1, new Date(5)]]), e: new RangeError("far"), u: new Uint8Array([1]) })',
    );
    const copy = roundTrip(foreign);
    expect(copy.m.get(1)).toStrictEqual(new Date(5));
    expect(copy.e).toBeInstanceOf(RangeError);
    expect(copy.u).toStrictEqual(new Uint8Array([1]));
    expect(copy.a).toStrictEqual([1, 2]);
  });
});
