import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ValueError } from '../../../runtime/src/errors/index.js';
import { registerCustomType } from '../../../runtime/src/values/index.js';
import { roundTrip } from './round-trip.js';

function refusalOf(value: unknown, root = 'args'): ValueError {
  try {
    roundTrip(value, root);
  } catch (error) {
    expect(error).toBeInstanceOf(ValueError);
    return error as ValueError;
  }
  throw new Error('the value was not refused');
}

function* generate() {
  yield 1;
}

describe('values that cannot be sent', () => {
  it.each<[unknown, string]>([
    [() => 1, 'args is a function'],
    [{ items: [0, 1, 2, { fn() {} }] }, 'args.items[3].fn is a function'],
    [[0, [0, class {}]], 'args[1][1] is a function'],
    [{ 'odd key': { é: Symbol('s') } }, 'args["odd key"].é is a symbol'],
    [{ map: new Map([['k', () => 1]]) }, 'args.map.get("k") is a function'],
    [new Map([[{}, () => 1]]), 'args<map value 0> is a function'],
    [
      new Map<unknown, unknown>([
        ['a', 1],
        [() => 1, 2],
      ]),
      'args<map key 1> is a function',
    ],
    [new Set([1, () => 1]), 'args<set item 1> is a function'],
    [Object.assign([1], { extra: () => 1 }), 'args.extra is a function'],
    [[Promise.resolve()], 'args[0] is a Promise; await it first'],
    [[new WeakMap()], 'args[0] is a WeakMap; send a Map'],
    [[new WeakSet()], 'args[0] is a WeakSet; send a Set'],
    [[new WeakRef({})], 'args[0] is a WeakRef; send what it refers to'],
    [[generate()], 'args[0] is a generator; send the array of what it yields'],
    [[[1].values()], 'args[0] is an Array Iterator; send the array of what it yields'],
    [[Object(Symbol('s'))], 'args[0] is a symbol object'],
    [[new URL('http://localhost/')], 'args[0] is a URL; send its href'],
    [
      [new AbortController().signal],
      'args[0] is an AbortSignal; the process of a job has a signal of its own',
    ],
    [
      { stream: Readable.from([]) },
      'args.stream is a stream (Readable), which belongs to its process; send what it holds',
    ],
    [[new ReadableStream()], 'args[0] is a ReadableStream; send what it holds'],
  ])('%#: says where and what', (value, message) => {
    expect(refusalOf(value).message).toBe(message);
  });

  it('says where in results and state too', () => {
    expect(refusalOf({ fn() {} }, 'result').path).toBe('result.fn');
    expect(refusalOf([() => 1], 'state').path).toBe('state[0]');
  });

  it('refuses shared memory that others cannot see', () => {
    const hint = 'a SharedArrayBuffer, which other processes cannot see; send a copy of it';
    expect(refusalOf([new SharedArrayBuffer(8)]).message).toBe(`args[0] is ${hint}`);
    expect(refusalOf(new Int32Array(new SharedArrayBuffer(8))).message).toBe(
      `args is an Int32Array over ${hint}`,
    );
  });

  it('refuses timers', () => {
    const timer = setTimeout(() => {}, 1);
    clearTimeout(timer);
    expect(refusalOf({ timer }).message).toBe('args.timer is a Timeout, which belongs to its process');
  });

  it('names the getter or trap that throws, with its error as cause', () => {
    const cause = new RangeError('no');
    const getter = {
      a: [
        {
          get b(): never {
            throw cause;
          },
        },
      ],
    };
    expect(refusalOf(getter)).toMatchObject({
      path: 'args.a[0].b',
      cause,
      message: 'args.a[0].b could not be read: RangeError: no',
    });
    const nested = {
      get a(): never {
        return roundTrip({ fn() {} }, 'inner') as never;
      },
    };
    expect(refusalOf(nested).message).toBe('args.a could not be read: ValueError: inner.fn is a function');
    const proxy = new Proxy(
      {},
      {
        ownKeys() {
          throw cause;
        },
      },
    );
    expect(refusalOf({ first: 1, proxy })).toMatchObject({ path: 'args.proxy', cause });
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    expect(refusalOf([1, revoked.proxy]).path).toBe('args[1]');
  });

  it.each([
    ['arrays', (inner: unknown) => [inner]],
    ['objects', (inner: unknown) => ({ inner })],
    ['maps', (inner: unknown) => new Map([[inner, 1]])],
    ['errors', (inner: unknown) => new Error('x', { cause: inner })],
  ])('refuses %s nested 100,000 levels deep, and takes 1,000', (_name, wrap) => {
    const nest = (levels: number) => {
      let value: unknown = 1;
      for (let i = 0; i < levels; i++) value = wrap(value);
      return value;
    };
    expect(refusalOf(nest(100_000)).message).toMatch(/^args.*… is nested too deeply/);
    expect(() => roundTrip(nest(1_000))).not.toThrow();
  });

  it('packs the next value as if nothing had happened', () => {
    const shared = {};
    refusalOf([shared, { a: shared }, () => 1]);
    expect(roundTrip([{ a: 1 }, shared])).toStrictEqual([{ a: 1 }, {}]);
  });
});

describe('custom types', () => {
  class Shared {
    constructor(readonly id: number) {}
  }
  class Special extends Shared {}
  registerCustomType(Shared, {
    tag: 'test-shared',
    write: (value) => ({ id: value.id, nested: roundTrip([value.id]) }),
    read: (descriptor) => new Shared((descriptor as { id: number }).id),
  });

  it('cross in their own way, at the top, nested and more than once', () => {
    expect(roundTrip(new Shared(5))).toStrictEqual(new Shared(5));
    const one = new Special(6);
    const copy = roundTrip({ list: [one, one], other: {} });
    expect(copy.list[0]).toStrictEqual(new Shared(6));
    expect(copy.list[1]).toBe(copy.list[0]);
  });
});
