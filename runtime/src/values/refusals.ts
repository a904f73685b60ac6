import { EventEmitter } from 'node:events';
import { types } from 'node:util';

/** Classes of the platform that structured cloning cannot copy, or would turn into empty objects. */
const PLATFORM_CLASSES = new Map([
  ['AbortController', 'abort it where it is'],
  ['AbortSignal', 'the process of a job has a signal of its own'],
  ['Blob', 'send its arrayBuffer()'],
  ['BroadcastChannel', ''],
  ['CryptoKey', 'send it exported'],
  ['FinalizationRegistry', ''],
  ['FormData', 'send its entries'],
  ['Headers', 'send its entries'],
  ['MessageChannel', ''],
  ['ReadableStream', 'send what it holds'],
  ['Request', 'send what it holds'],
  ['Response', 'send what it holds'],
  ['TransformStream', ''],
  ['URL', 'send its href'],
  ['URLSearchParams', 'send its toString()'],
  ['WeakRef', 'send what it refers to'],
  ['WritableStream', ''],
]);

/** Why an object that is no plain data cannot be sent, to be read after its path; `undefined` when it can. */
export function refusalOf(value: object): string | undefined {
  if (types.isPromise(value)) return 'is a Promise; await it first';
  if (types.isWeakMap(value)) return 'is a WeakMap; send a Map';
  if (types.isWeakSet(value)) return 'is a WeakSet; send a Set';
  if (types.isGeneratorObject(value)) return 'is a generator; send the array of what it yields';
  if (types.isSymbolObject(value)) return 'is a symbol object';
  if (types.isExternal(value)) return 'is a native object, which belongs to its process';
  if (types.isKeyObject(value)) return 'is a KeyObject; send it exported';
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (tag.endsWith(' Iterator')) return `is ${withArticle(tag)}; send the array of what it yields`;
  if (tag.startsWith('WebAssembly.')) return `is a ${tag}, which belongs to its process`;
  return refusalOfPlatformClass(value) ?? refusalOfResource(value);
}

function refusalOfPlatformClass(value: object): string | undefined {
  for (
    let prototype = Object.getPrototypeOf(value);
    prototype;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    const itsClass: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
    if (typeof itsClass !== 'function') continue;
    const hint = PLATFORM_CLASSES.get(itsClass.name);
    // The global is looked at only now: some of them are loaded when first used.
    if (hint === undefined || Reflect.get(globalThis, itsClass.name) !== itsClass) continue;
    return `is ${withArticle(itsClass.name)}${hint ? `; ${hint}` : ', which belongs to its process'}`;
  }
  return undefined;
}

/** Streams, sockets, servers, timers, child processes: what holds something of the operating system. */
function refusalOfResource(value: object): string | undefined {
  const { pipe, on, write, ref, unref } = value as Record<string, unknown>;
  const emits = value instanceof EventEmitter || typeof on === 'function';
  if (emits && (typeof pipe === 'function' || typeof write === 'function'))
    return `is a stream (${className(value)}), which belongs to its process; send what it holds`;
  if (typeof ref === 'function' && typeof unref === 'function')
    return `is ${withArticle(className(value))}, which belongs to its process`;
  return undefined;
}

export function withArticle(name: string): string {
  return `${/^[AEIOU](?!RL)/.test(name) ? 'an' : 'a'} ${name}`;
}

/** The name of a thing's class; `'Object'` where it has none. */
export function className(value: object): string {
  const { constructor: itsClass } = value;
  return typeof itsClass === 'function' && typeof itsClass.name === 'string' && itsClass.name !== ''
    ? itsClass.name
    : 'Object';
}

const knownInstances = new WeakSet<object>();

/**
 * Whether the prototype is of a class written in JavaScript whose instances were found sendable before, as plain
 * objects of their own properties. What cannot be sent is told by its class, so one look at a class is enough.
 */
export function isKnownInstance(prototype: object): boolean {
  return knownInstances.has(prototype);
}

/** Remembers the prototype, unless a built-in class is above it: of those, the value itself must be asked. */
export function rememberInstance(prototype: object): void {
  for (let at = prototype; at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    if (at === null || types.isProxy(at) || isBuiltIn(at)) return;
  }
  knownInstances.add(prototype);
}

function isBuiltIn(prototype: object): boolean {
  const itsClass: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  return (
    typeof itsClass !== 'function' || Function.prototype.toString.call(itsClass).endsWith('{ [native code] }')
  );
}
