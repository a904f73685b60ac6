import { isDeepStrictEqual } from 'node:util';
import { ProcessPool, RetryStrategy, type ValueError } from 'mproc-worker';
import type { Measured } from '../figure.js';
import { Echo } from '../jobs.worker.mjs';
import { StateKeeper, Thrower } from '../values.worker.mjs';

export const goal =
  'every value comes back as it was, as argument, result, error and state; what cannot be sent is refused with its path';
export const sizes = { smoke: {}, reduced: {}, full: {} };

class Special extends RangeError {
  code = 'E_SPECIAL';
  details = { list: [1n, new Date(5)] };

  constructor() {
    super('special', { cause: new TypeError('its cause') });
  }
}

function values(): Record<string, unknown> {
  const cycle: { name: string; self?: unknown } = { name: 'cycle' };
  cycle.self = cycle;
  const shared = { shared: true };
  const sparse = [1];
  sparse[2] = 3;
  const ownProto = JSON.parse('{"__proto__": {"own": 1}}');
  return {
    undefined: undefined,
    null: null,
    'minus zero': -0,
    NaN: Number.NaN,
    Infinity: Number.NEGATIVE_INFINITY,
    'small BigInt': -5n,
    'large BigInt': 2n ** 200n,
    Date: new Date(1e12),
    'invalid Date': new Date(Number.NaN),
    RegExp: /a+[b]/giu,
    Map: new Map([[{ key: 1 }, new Map([[1, 2]])]]),
    Set: new Set([1, 'two', new Set([3])]),
    cycle,
    'shared references': [shared, shared],
    Buffer: Buffer.from('bytes'),
    Uint8Array: new Uint8Array([1, 2, 3]),
    Float64Array: new Float64Array([1.5, -0]),
    BigInt64Array: new BigInt64Array([1n, -1n]),
    DataView: new DataView(new ArrayBuffer(8)),
    ArrayBuffer: new Uint8Array([9, 8]).buffer,
    'sparse array': sparse,
    'lone surrogate': '\ud800 and \udc00',
    NUL: 'a\0b',
    emoji: '👩‍🚀',
    'own __proto__': ownProto,
    'boxed values': [Object(1), Object('s'), Object(true)],
    'deep object': { a: [{ b: new Map([['c', [undefined, null]]]) }] },
    'long string': 'x'.repeat(100_000),
    'latin and more': 'é€𝄞',
    'empty things': [{}, [], '', new Map(), new Set(), Buffer.alloc(0)],
  };
}

function errors(): Record<string, unknown> {
  return {
    Error: new Error('plain'),
    'with cause, code and own fields': new Special(),
    AggregateError: new AggregateError([new Error('one'), new TypeError('two')], 'both'),
    'a string': 'thrown',
    'an object': { reason: 7 },
    undefined: undefined,
  };
}

const REFUSED = {
  'args.items[1].fn': { items: [1, { fn() {} }] },
  'args.symbol': { symbol: Symbol('s') },
  'args.weak': { weak: new WeakMap() },
  'args.promise': { promise: Promise.resolve() },
  'args.getter': {
    get getter() {
      throw new Error('from a getter');
    },
  },
};

export async function run(): Promise<Measured> {
  const pool = new ProcessPool({ processes: 1 });
  const wrong: string[] = [];
  let checked = 0;
  const check = (name: string, isRight: boolean): void => {
    checked += 1;
    if (!isRight) wrong.push(name);
  };
  for (const [name, value] of Object.entries(values())) {
    const { ok, body } = await pool.run(new Echo(), value);
    check(`argument and result: ${name}`, ok && isSame(body, value));
    const keeper = Object.assign(new StateKeeper(), { held: value });
    keeper.retryStrategy = new RetryStrategy({ maxRetries: 1 });
    const kept = await pool.run(keeper, 0);
    check(`state: ${name}`, kept.ok && isSame(kept.body, value));
  }
  for (const [name, thrown] of Object.entries(errors())) {
    const { error } = await pool.run(new Thrower(), thrown);
    const right =
      thrown instanceof Error ? isSameError(error, thrown) : isDeepStrictEqual(error?.cause, thrown);
    check(`error: ${name}`, right);
  }
  for (const [path, value] of Object.entries(REFUSED)) {
    const { error } = await pool.run(new Echo(), value);
    check(`refused: ${path}`, error?.code === 'ERR_VALUE' && (error as ValueError).path === path);
    check(`the job after ${path}`, (await pool.run(new Echo(), 1)).body === 1);
  }
  const { spawned } = pool.stats();
  await pool.close();
  return { checked, wrong, processes: spawned, ok: wrong.length === 0 && spawned === 1 };
}

/** What an error may have of its own. */
type Own = Error & {
  readonly code?: unknown;
  readonly details?: unknown;
  readonly errors?: readonly unknown[];
};

function isSameError(error: Own | undefined, thrown: Own): boolean {
  return (
    error !== undefined &&
    error.message === thrown.message &&
    error.name === thrown.name &&
    error.code === thrown.code &&
    isDeepStrictEqual(error.details, thrown.details) &&
    (error.cause as Error | undefined)?.message === (thrown.cause as Error | undefined)?.message &&
    error.errors?.length === thrown.errors?.length
  );
}

function isSame(a: unknown, b: unknown): boolean {
  if (Object.getPrototypeOf(Object(a)) !== Object.getPrototypeOf(Object(b))) return false;
  if (Array.isArray(b)) return isDeepStrictEqual(a, b) && b.every((_, index) => index in (a as unknown[]));
  // Node.js holds two invalid dates for different.
  if (b instanceof Date && Number.isNaN(b.getTime())) return Number.isNaN((a as Date).getTime());
  return Object.is(a, b) || isDeepStrictEqual(a, b);
}
