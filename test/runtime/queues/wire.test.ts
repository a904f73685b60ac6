import { describe, expect, test } from 'vitest';
import { decodeRecord, encodeRecord } from '../../../runtime/src/queues/index.js';
import { seeded } from '../../seeded.js';

function roundTrip(value: unknown): unknown {
  return decodeRecord(encodeRecord(value));
}

describe('plain JSON', () => {
  test.each([
    [[1, 2], '[1,2]'],
    [{ url: 'https://example.org', depth: 0 }, '{"url":"https://example.org","depth":0}'],
    ['text', '"text"'],
    [null, 'null'],
    [[], '[]'],
  ])('%j is written as a person would', (value, record) => {
    expect(encodeRecord(value)).toBe(record);
    expect(decodeRecord(record)).toEqual(value);
  });

  test('a long list of objects is still plain', () => {
    const value = Array.from({ length: 5_000 }, (_, index) => ({ index }));
    expect(encodeRecord(value)).toBe(JSON.stringify(value));
  });

  test('an object that has the key of the envelope comes back as it was', () => {
    const value = { $mproc: 1, value: 'mine' };
    expect(roundTrip(value)).toEqual(value);
  });

  test('an object that has the key of a tag comes back as it was', () => {
    const value = { $: 'date', when: new Date(0) };
    expect(roundTrip(value)).toEqual(value);
  });
});

describe('what JSON cannot say', () => {
  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['-0', -0],
    ['NaN', Number.NaN],
    ['Infinity', Number.NEGATIVE_INFINITY],
    ['a bigint', -(2n ** 200n)],
    ['a date', new Date(1_234)],
    ['an invalid date', new Date(Number.NaN)],
    ['a regular expression', /a+\/b/giu],
    ['a map', new Map<unknown, unknown>([[{ a: 1 }, new Map([[1, undefined]])]])],
    ['a set', new Set([1, 'a', new Set()])],
    ['a buffer', Buffer.from([0, 128, 255])],
    ['an array buffer', new Uint8Array([1, 2, 3]).buffer],
    ['a typed array', new Float64Array([1.5, Number.NaN, -0])],
    ['a big typed array', new BigInt64Array([1n, -1n])],
    ['a view of a part', new Uint16Array(new Uint16Array([1, 2, 3, 4]).buffer, 2, 2)],
    ['lone surrogates', ['\ud800', '\udfff x', undefined]],
    ['a sparse array', Object.assign([1], { 4: 'five' })],
    ['an object with undefined', { a: undefined }],
  ])('%s comes back as it was', (_, value) => {
    const back = roundTrip(value);
    expect(back).toStrictEqual(value);
    expect(Object.prototype.toString.call(back)).toBe(Object.prototype.toString.call(value));
  });

  test('a buffer comes back as a buffer', () => {
    expect(Buffer.isBuffer(roundTrip(Buffer.from('x')))).toBe(true);
  });

  test('holes stay holes', () => {
    const back = roundTrip(Object.assign(new Array(3), { 1: undefined })) as unknown[];
    expect([0 in back, 1 in back, 2 in back, back.length]).toEqual([false, true, false, 3]);
  });

  test('cycles and objects that come twice stay what they are', () => {
    const shared = { n: 1 };
    const value: Record<string, unknown> = { a: shared, b: [shared], map: new Map([['m', shared]]) };
    value.self = value;
    const back = roundTrip(value) as { a: object; b: object[]; self: unknown; map: Map<string, object> };
    expect(back.self).toBe(back);
    expect(back.b[0]).toBe(back.a);
    expect(back.map.get('m')).toBe(back.a);
  });

  test('an error keeps its class, code, own properties and cause', () => {
    class QuotaError extends RangeError {
      override name = 'QuotaError';
      code = 'E_QUOTA';
      limit = 3n;
    }
    const error = new QuotaError('too much', { cause: new TypeError('why') });
    const back = roundTrip(error) as QuotaError & { cause: Error };
    expect(back).toBeInstanceOf(RangeError);
    expect([back.name, back.message, back.code, back.limit]).toEqual([
      'QuotaError',
      'too much',
      'E_QUOTA',
      3n,
    ]);
    expect(back.stack).toBe(error.stack);
    expect(back.cause).toBeInstanceOf(TypeError);
  });

  test('an own key `__proto__` stays a key and changes no prototype', () => {
    const value = JSON.parse('{"__proto__":{"polluted":true},"a":1}');
    const back = roundTrip(value) as object;
    expect(Object.keys(back)).toEqual(['__proto__', 'a']);
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
  });
});

describe('what cannot be sent', () => {
  test.each<[string, unknown, RegExp]>([
    ['a function', { items: [{ fn() {} }] }, /^value\.items\[0\]\.fn is a function/],
    ['a symbol', [Symbol('s')], /^value\[0\] is a symbol/],
    ['a promise', { p: Promise.resolve() }, /^value\.p is a Promise/],
    [
      'a getter that throws',
      Object.defineProperty({}, 'x', {
        enumerable: true,
        get: () => {
          throw new Error('no');
        },
      }),
      /^value\.x throws/,
    ],
  ])('%s is refused with its path', (_, value, message) => {
    expect(() => encodeRecord(value)).toThrow(expect.objectContaining({ code: 'ERR_VALUE' }));
    expect(() => encodeRecord(value)).toThrow(message);
  });

  test('a value nested too deeply is refused, not a crash', () => {
    let deep: unknown = new Date(0);
    for (let level = 0; level < 100_000; level += 1) deep = [deep];
    expect(() => encodeRecord(deep)).toThrow(expect.objectContaining({ code: 'ERR_VALUE' }));
  });
});

describe('records of others', () => {
  test.each([
    '',
    '{',
    '{"$mproc":2,"value":1}',
    '{"$mproc":"1","value":1}',
    '{"$mproc":1}',
    '{"$mproc":1,"value":{"$":"nothing"}}',
    '{"$mproc":1,"value":{"$":"constructor"}}',
    '{"$mproc":1,"value":{"$":"ref","to":5}}',
    '{"$mproc":1,"value":{"$":"ref","to":"length"}}',
    '{"$mproc":1,"value":{"$":"bytes","type":"constructor","base64":""}}',
    '{"$mproc":1,"value":{"$":"bytes","type":"Float64Array","base64":"AA=="}}',
    '{"$mproc":1,"value":{"$":"bigint","value":"1e9"}}',
    '{"$mproc":1,"value":{"$":"regexp","source":"(","flags":""}}',
    '{"$mproc":1,"value":{"$":"map","entries":[1]}}',
    '{"$mproc":1,"value":{"$":"error","class":"toString","name":"","message":"","stack":"","own":[]}}',
    '{"$mproc":1,"value":{"$":"array","length":-1,"entries":[]}}',
    '{"__proto__":{"polluted":true}}',
    '{"a":[{"\\u005f_proto__":1}]}',
    `${'['.repeat(200_000)}${']'.repeat(200_000)}`.replace('[', '{"$mproc":1,"value":[').replace(/\]$/, ']}'),
  ])('%.60s is refused with a typed error', (record) => {
    expect(() => decodeRecord(record)).toThrow(expect.objectContaining({ code: 'ERR_VALUE_DECODE' }));
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test('lengths that are only claimed take no memory', () => {
    const array = '{"$":"array","length":30000000,"entries":[["29999999",1]]}';
    const record = `{"$mproc":1,"value":[${Array(40).fill(array).join()}]}`;
    const before = process.memoryUsage().rss;
    const arrays = decodeRecord(record) as unknown[][];
    expect(arrays.map((one) => [one.length, one[29_999_999]])).toEqual(Array(40).fill([30_000_000, 1]));
    expect(process.memoryUsage().rss - before).toBeLessThan(512 * 1024 ** 2);
  });

  test('random changes to a record give a value or a typed error, and nothing else', () => {
    const record = Buffer.from(
      encodeRecord([new Map([[1, { a: [undefined, 2n] }]]), new Date(0), /x/, new Error('e')]),
    );
    const random = seeded('random changes to a record');
    const count = { read: 0, refused: 0 };
    for (let round = 0; round < 5_000; round += 1) {
      const changed = Buffer.from(record);
      for (let changes = 0; changes <= round % 3; changes += 1)
        changed[random.below(changed.length)] = random.below(256);
      try {
        decodeRecord(changed);
        count.read += 1;
      } catch (error) {
        if ((error as { code?: string }).code !== 'ERR_VALUE_DECODE') throw error;
        count.refused += 1;
      }
    }
    // Both are tried.
    expect(Math.min(count.read, count.refused)).toBeGreaterThan(100);
  });
});
