// One instance, where one can be made, of each class that this Node.js has under a global name, `Intl` and `WebAssembly`
// included; and the namespaces themselves.

/** What the constructors of some take; all others take nothing. */
const TAKES = {
  BroadcastChannel: ['name'],
  ByteLengthQueuingStrategy: [{ highWaterMark: 1 }],
  CloseEvent: ['close'],
  CompressionStream: ['gzip'],
  CountQueuingStrategy: [{ highWaterMark: 1 }],
  CustomEvent: ['custom'],
  DataView: [new ArrayBuffer(2)],
  DecompressionStream: ['gzip'],
  DisplayNames: ['en', { type: 'region' }],
  ErrorEvent: ['error'],
  Event: ['event'],
  EventSource: ['http://127.0.0.1:1'],
  File: [['x'], 'name'],
  FinalizationRegistry: [() => {}],
  Function: ['return 1'],
  Locale: ['en'],
  MessageEvent: ['message'],
  Module: [Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)],
  Instance: [new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0))],
  Global: [{ value: 'i32' }, 1],
  Memory: [{ initial: 1 }],
  Table: [{ element: 'anyfunc', initial: 1 }],
  Tag: [{ parameters: [] }],
  PerformanceMark: ['mark'],
  Promise: [() => {}],
  Proxy: [{}, {}],
  Request: ['http://localhost/'],
  URL: ['http://localhost/'],
  WeakRef: [{}],
  WebSocket: ['ws://127.0.0.1:1'],
};

/** To ask for these has effects, as a warning or a file. */
const LEFT_OUT = new Set(['localStorage', 'sessionStorage', 'Storage']);

const isBuiltIn = (name) =>
  /^[A-Z]/.test(name) && typeof globalThis[name] === 'function' && !LEFT_OUT.has(name);

function classes() {
  const global = BUILT_IN_NAMES.filter(isBuiltIn).map((name) => [name, globalThis[name]]);
  const within = ['Intl', 'WebAssembly'].flatMap((space) =>
    Object.getOwnPropertyNames(globalThis[space])
      .filter((name) => /^[A-Z]/.test(name))
      .map((name) => [`${space}.${name}`, globalThis[space][name]]),
  );
  return [...global, ...within].filter(([, itsClass]) => typeof itsClass === 'function');
}

/** Taken as this is loaded: a test runner has globals of its own. */
const BUILT_IN_NAMES = Object.getOwnPropertyNames(globalThis);

function made([name, itsClass]) {
  try {
    const value = new itsClass(...(TAKES[name.split('.').at(-1)] ?? []));
    return typeof value === 'object' ? [[`new ${name}`, value]] : [];
  } catch {
    // Not for programs to make.
    return [];
  }
}

/** What only the platform makes. */
async function given() {
  const { subtle } = crypto;
  const key = await subtle.generateKey({ name: 'AES-GCM', length: 128 }, true, ['encrypt']);
  const iterators = [
    [1].values(),
    new Map().entries(),
    new Set().values(),
    'x'.matchAll(/x/g),
    'x'[Symbol.iterator](),
  ];
  return [
    ['crypto', crypto],
    ['crypto.subtle', subtle],
    ['a CryptoKey', key],
    ['an AbortSignal', new AbortController().signal],
    ['performance', performance],
    ['navigator', globalThis.navigator],
    ['process', process],
    ['console', console],
    ['a generator', (function* () {})()],
    ['an async generator', (async function* () {})()],
    ['an Intl.Segments', new Intl.Segmenter().segment('x')],
    ...iterators.map((value) => [`an iterator (${Object.prototype.toString.call(value)})`, value]),
    ...['Atomics', 'Intl', 'JSON', 'Math', 'Reflect', 'WebAssembly'].map((name) => [name, globalThis[name]]),
  ].filter(([, value]) => value !== undefined);
}

/** @returns {Promise<[string, object][]>} */
export async function everyGlobal() {
  return [...classes().flatMap(made), ...(await given())];
}
