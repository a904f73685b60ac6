// A value of each type: what the checker says of the type is compared with what becomes of the value in a real pool.
import { AsyncLocalStorage } from 'node:async_hooks';
import { Buffer } from 'node:buffer';
import { createHash, createSecretKey } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cpus, networkInterfaces, userInfo } from 'node:os';
import * as pathModule from 'node:path';
import { type ParsedPath, parse } from 'node:path';
import { createHistogram } from 'node:perf_hooks';
import { type ParsedUrlQuery, parse as parseQuery } from 'node:querystring';
import { PassThrough, Readable, Writable } from 'node:stream';
import { Script } from 'node:vm';
import { BroadcastChannel, MessageChannel } from 'node:worker_threads';
import {
  type Failure,
  MprocError,
  NullQueue,
  OptionError,
  ProcessPool,
  RetryStrategy,
  UnsupportedError,
  Worker,
} from 'mproc-worker';

declare const brand: unique symbol;
const madeKey = Symbol('made');

class Point {
  x = 1;
  y = 2;
}
class Area extends Point {
  size(): number {
    return this.x * this.y;
  }
}
class Hidden {
  #secret = 1;
  read(): number {
    return this.#secret;
  }
}
class Rows extends Array<number> {
  sum(): number {
    return this.length;
  }
}
class HttpError extends Error {
  override readonly name = 'HttpError';
  constructor(
    readonly status: number,
    readonly at = new Date(0),
  ) {
    super(`status ${status}`);
  }
  isClient(): boolean {
    return this.status < 500;
  }
}
class RetryError extends Error {
  retry = () => 1;
}
class StreamError extends Error {
  source = new PassThrough();
}
class Sums extends Worker<number, number> {
  protected override process(n: number): number {
    return n;
  }
}

interface Tree {
  readonly name: string;
  readonly children: readonly Tree[];
}
interface Chain<T> {
  readonly value: T;
  readonly next?: Chain<T[]>;
}
interface Forks<T> {
  readonly left?: Forks<T[]>;
  readonly right?: Forks<Set<T>>;
  readonly value: T;
}
type Json = string | number | boolean | null | JsonArray | { [key: string]: Json };
interface JsonArray extends Array<Json> {}
interface Counts extends ReadonlyMap<string, number> {}
interface Marks extends Map<string, Date> {
  readonly __kind?: 'marks';
}
interface Names extends ReadonlySet<string> {}
type Branded<T, B extends string> = T & { readonly __brand: B };
type Keyed<T> = T & { readonly [brand]: 'keyed' };
type ReadonlyDeep<T> =
  T extends ReadonlyMap<infer K, infer V>
    ? Readonly<ReadonlyMap<ReadonlyDeep<K>, ReadonlyDeep<V>>>
    : T extends ReadonlySet<infer V>
      ? Readonly<ReadonlySet<ReadonlyDeep<V>>>
      : T extends Date | RegExp | ((...all: never[]) => unknown)
        ? T
        : { readonly [K in keyof T]: ReadonlyDeep<T[K]> };
interface Settings {
  readonly seen: Map<string, Set<number>>;
  readonly list: { at: Date }[];
}
enum Level {
  Low,
  High,
}
type Shape = { kind: 'circle'; r: number } | { kind: 'line'; from: [number, number] };
interface Job<T extends Shape> {
  readonly shape: T;
  readonly notes?: Partial<Record<'a' | 'b', string>>;
}

const shared = new SharedArrayBuffer(8);
const tree: Tree = { name: 'a', children: [{ name: 'b', children: [] }] };
const deep = {
  a: { a: { a: { a: { a: { a: { a: { a: { a: { a: { a: { a: { fn: () => 1 } } } } } } } } } } } },
};
const deepData = { a: { a: { a: { a: { a: { a: { a: { a: { a: { a: { a: { a: { n: 1 } } } } } } } } } } } } };
const match = 'b: 1'.match(/(?<key>b)/)!;
const cyclic: { self?: unknown; n: number } = { n: 1 };
cyclic.self = cyclic;

export const values = {
  text: 'a',
  number: -0,
  notANumber: Number.NaN,
  bigint: 2n ** 90n,
  yes: true,
  nothing: undefined,
  nil: null,
  literal: 'a' as 'a' | 'b',
  template: 'id-1' as `id-${number}`,
  enumeration: Level.High,
  enumObject: Level,
  symbol: Symbol('a'),
  symbolKeys: { [Symbol.for('a')]: 1 },
  symbolInside: { deep: [{ key: Symbol('a') }] },
  date: new Date(0),
  pattern: /a/giu,
  boxedNumber: new Number(1),
  boxedText: new String('a'),
  boxedTruth: Object(true) as boolean,
  array: [1, 2],
  readonlyArray: ['a'] as readonly string[],
  tuple: [1, 'a'] as [number, string],
  namedTuple: [1, 'a', 'b'] as readonly [first: number, ...rest: string[]],
  nested: [[new Date(1)]],
  record: { a: 1, b: 2 } as Record<string, number>,
  indexed: { a: [new Set([1])] } as { readonly [key: string]: readonly Set<number>[] },
  map: new Map([['a', 1]]),
  mapOfMaps: new Map([[{ id: 1 }, new Map([[1, new Date(0)]])]]),
  readonlyMap: new Map([[1, 'a']]) as ReadonlyMap<number, string>,
  set: new Set([1n]),
  readonlySet: new Set(['a']) as ReadonlySet<string>,
  mapOfFunctions: new Map([['a', () => 1]]),
  setOfFunctions: new Set([() => 1]),
  arrayOfFunctions: [() => 1],
  tupleOfFunction: [1, () => 1] as [number, () => number],
  recordOfFunctions: { a: () => 1 } as Record<string, () => number>,
  mapOfSymbols: new Map([[Symbol('a'), 1]]),
  setOfPromises: new Set([Promise.resolve(1)]),
  int8: new Int8Array([1]),
  uint8: new Uint8Array([1, 2]),
  clamped: new Uint8ClampedArray([1]),
  int16: new Int16Array([1]),
  uint32: new Uint32Array([1]),
  float64: new Float64Array([0.5]),
  big64: new BigInt64Array([1n]),
  view: new DataView(new ArrayBuffer(4)),
  memory: new ArrayBuffer(8),
  buffer: Buffer.from('a'),
  bufferView: new Uint8Array([1]) as ArrayBufferView,
  sharedMemory: shared,
  sharedInts: new Int32Array(shared),
  sharedBytes: { bytes: new Uint8Array(shared) },
  sharedView: new DataView(shared),
  error: new Error('a'),
  typeError: new TypeError('a', { cause: new RangeError('b') }),
  many: new AggregateError([new Error('a')], 'b'),
  systemError: Object.assign(new Error('a'), { code: 'ENOENT', errno: -2 }) as NodeJS.ErrnoException,
  domError: new DOMException('a', 'AbortError'),
  ownError: new HttpError(404),
  errorWithFunction: new RetryError('a'),
  errorWithStream: new StreamError('a'),
  errorWithMethod: Object.assign(new Error('a'), { retry: () => 1 }),
  errorWithData: Object.assign(new Error('a'), { details: { codes: [1] } }),
  runtimeError: new MprocError('ERR_VALUE', 'a'),
  runtimeOptionError: new OptionError('a'),
  runtimeUnsupported: new UnsupportedError('a', 'b'),
  failure: { kind: 'error', error: new Error('a'), attempt: 1, elapsedMs: 2, random: 0.5 } as Failure,
  strategy: new RetryStrategy({ maxRetries: 1 }),
  worker: new Sums(),
  workerClass: Sums,
  queue: new NullQueue<number>('a'),
  pool: new ProcessPool({ processes: 1 }),
  instance: new Point(),
  instances: [{ at: new Point() }],
  instanceWithMethods: new Area(),
  instanceWithPrivate: new Hidden(),
  instanceOfArray: Rows.of(1, 2) as Rows,
  someClass: Point,
  someFunction: () => 1,
  // biome-ignore lint/complexity/noBannedTypes: the type that people write
  someFunctionType: parse as Function,
  asyncFunction: async () => 1,
  method: { n: 1, run() {} },
  optionalFunction: { n: 1, done: () => {} } as { n: number; done?: () => void },
  eitherFunction: (() => 1) as string | (() => number),
  promise: Promise.resolve(1),
  promiseInside: { later: Promise.resolve(1) },
  weakMap: new WeakMap<object, number>(),
  weakSet: new WeakSet(),
  weakRef: new WeakRef(tree),
  url: new URL('http://a.b/'),
  query: new URLSearchParams('a=1'),
  headers: new Headers(),
  blob: new Blob(['a']),
  form: new FormData(),
  request: new Request('http://a.b/'),
  response: new Response('a'),
  controller: new AbortController(),
  signal: new AbortController().signal,
  encoder: new TextEncoder(),
  decoder: new TextDecoder(),
  numberFormat: new Intl.NumberFormat('en'),
  dateFormat: new Intl.DateTimeFormat('en'),
  collator: new Intl.Collator('en'),
  readable: Readable.from(['a']),
  writable: new Writable(),
  webStream: new ReadableStream(),
  emitter: new EventEmitter(),
  storage: new AsyncLocalStorage<number>(),
  hash: createHash('sha1'),
  key: createSecretKey(Buffer.from('a')),
  timer: setTimeout(() => {}, 0),
  generator: (function* () {
    yield 1;
  })(),
  iterator: [1].values(),
  mapIterator: new Map([[1, 2]]).entries(),
  math: Math,
  json: JSON,
  proxy: new Proxy({ a: 1 }, {}),
  plainEnv: { env: { A: 'b' } as NodeJS.ProcessEnv },
  memoryUsage: process.memoryUsage(),
  parsedPath: parse('/a/b.c') as ParsedPath,
  tree,
  chain: { value: 1, next: { value: [1] } } as Chain<number>,
  forks: { value: 1, left: { value: [1] } } as Forks<number>,
  anyJson: { a: [1, 'b', null, { c: [] }] } as Json,
  jsonArray: [1, ['a']] as JsonArray,
  counts: new Map([['a', 1]]) as Counts,
  marks: new Map([['a', new Date(0)]]) as Marks,
  names: new Set(['a']) as Names,
  brandedText: 'a' as Branded<string, 'Id'>,
  brandedPair: [1, 2] as unknown as Branded<readonly [number, number], 'Pair'>,
  brandedDate: new Date(0) as Branded<Date, 'Day'>,
  brandedRow: { id: 1 } as unknown as Branded<{ id: number }, 'Row'>,
  brandedMap: new Map([['a', 1]]) as unknown as Branded<Map<string, number>, 'M'>,
  keyedText: 'a' as Keyed<string>,
  keyedRow: { id: 1 } as Keyed<{ id: number }>,
  keyedList: [1] as unknown as Keyed<number[]>,
  keyedDate: new Date(0) as Keyed<Date>,
  uniquelyBranded: { id: 1 } as { id: number } & { readonly __brand: typeof brand },
  three: [1, 2, 3] as unknown as { length: 3 } & readonly number[],
  functionsInBranded: [() => 1] as unknown as Branded<(() => number)[], 'F'>,
  dateWithMethod: Object.assign(new Date(0), { format: () => 'a' }),
  arrayWithMethod: Object.assign([1], { last: () => 1 }),
  symbolKeyed: { a: 1, [madeKey]: 2 },
  match,
  execMatch: /a/.exec('a')!,
  strings: ((parts: TemplateStringsArray) => parts)`a`,
  matches: [...'ab'.matchAll(/./g)],
  readonlyDeep: {
    seen: new Map([['a', new Set([1])]]),
    list: [{ at: new Date(0) }],
  } as ReadonlyDeep<Settings>,
  readonlyDeepFunction: { run: () => 1 } as ReadonlyDeep<{ run: () => number }>,
  readonlyDeepMap: new Map([['a', () => 1]]) as ReadonlyDeep<Map<string, () => number>>,
  partial: { a: new Date(0) } as Partial<{ a: Date; b: RegExp }>,
  picked: { name: 'a' } as Pick<Tree, 'name'>,
  required: { a: 1 } as Required<{ a?: number }>,
  omitted: { name: 'a' } as Omit<Tree, 'children'>,
  shape: { kind: 'line', from: [0, 0] } as Shape,
  job: { shape: { kind: 'circle', r: 1 }, notes: { a: 'b' } } as Job<Shape>,
  intersection: { a: 1, b: new Date(0) } as { a: number } & { b: Date },
  mixedIntersection: { a: 1, run: () => 1 } as { a: number } & { run(): number },
  unknownValue: { a: 1 } as unknown,
  objectValue: { a: 1 } as object,
  emptyObject: {},
  iterable: ['a'] as Iterable<string>,
  arrayLike: [1] as ArrayLike<number>,
  cyclic,
  deep,
  deepData,
  file: new File(['a'], 'a.txt'),
  stats: statSync('/'),
  bigStats: statSync('/', { bigint: true }),
  entries: readdirSync('/', { withFileTypes: true }),
  names2: readdirSync('/'),
  port: new MessageChannel().port1,
  channel: new BroadcastChannel('a').unref(),
  segmenter: new Intl.Segmenter('en'),
  locale: new Intl.Locale('en'),
  plural: new Intl.PluralRules('en'),
  formatOptions: new Intl.NumberFormat('en').resolvedOptions(),
  formatParts: new Intl.NumberFormat('en').formatToParts(1),
  dateParts: new Intl.DateTimeFormat('en').formatToParts(0),
  cpuUsage: process.cpuUsage(),
  resources: process.resourceUsage(),
  hrtime: process.hrtime(),
  versions: { node: process.versions.node } as Pick<NodeJS.ProcessVersions, 'node'>,
  cpuList: cpus(),
  interfaces: networkInterfaces(),
  user: userInfo(),
  mark: performance.mark('a'),
  histogram: createHistogram(),
  parsedQuery: { ...parseQuery('a=1&a=2') } as ParsedUrlQuery,
  addressInfo: { address: '::1', family: 'IPv6', port: 1 } as AddressInfo,
  headersIn: { accept: '*/*', 'set-cookie': ['a'] } as IncomingHttpHeaders,
  events: new EventTarget(),
  event: new Event('a'),
  namespace: pathModule,
  boundFunction: parse.bind(undefined),
  className: Area.prototype,
  compiled: new Script('1'),
  lookup: new Map<string, (text: string) => string>([['a', (text) => text]]),
  emptySet: new Set<() => void>([() => {}]),
  asyncIterator: (async function* () {
    yield 1;
  })(),
  accessor: {
    get now() {
      return 1;
    },
  },
  frozen: Object.freeze({ list: Object.freeze([1, 2]) }),
  tagged: { [Symbol.toStringTag]: 'Tagged', a: 1 },
  disposable: { a: 1, [Symbol.dispose]() {} },
  patterns: new Map([[/a/, { at: new Date(0) }]]),
  inArguments: (function (..._all: number[]) {
    // biome-ignore lint/complexity/noArguments: the value is what is meant
    return arguments;
  })(1, 2),
  errorWithBuffer: Object.assign(new Error('a'), { data: Buffer.from('a') }),
  errorWithMap: Object.assign(new RangeError('a'), { seen: new Map([[1, 2]]) }),
  errorWithWorker: Object.assign(new Error('a'), { worker: new Sums() }),
  thrownPromise: { error: new Error('a', { cause: 'text' }), rest: [undefined, null, Number.NaN] },
  bigints: new BigUint64Array([2n ** 63n]),
  half: new Float32Array([0.1]),
  offsetView: new Uint8Array(new ArrayBuffer(8), 2, 3),
  nullPrototype: Object.assign(Object.create(null) as { a?: number }, { a: 1 }),
};
