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
  return refusalOfPlatformClass(value) ?? refusalOfResource(value) ?? refusalOfHiddenState(value);
}

/** Names that the platform has given; a class that a program has made global since is its own. */
const PLATFORM_NAMES = new Set(Object.getOwnPropertyNames(globalThis));
/** Of another copy of this package, too: what a response holds besides its properties is not missed. */
export const RESPONSE = Symbol.for('mproc-worker.response');

/** What is more than its properties would arrive as an object without them. */
function refusalOfHiddenState(value: object): string | undefined {
  if (RESPONSE in value) return undefined;
  for (let at = Object.getPrototypeOf(value); at !== null && !isRoot(at); at = Object.getPrototypeOf(at)) {
    const itsClass: unknown = Object.getOwnPropertyDescriptor(at, 'constructor')?.value;
    if (typeof itsClass === 'function' ? isOfPlatform(itsClass) : hasNativeMethod(at))
      return `is ${withArticle(platformName(itsClass, value))}, which is more than its properties; send what it is made from`;
    if (typeof itsClass === 'function' && PRIVATE_STATE.test(sourceOf(itsClass)))
      return `is ${withArticle(className(value))}, whose #private fields cannot be sent; send what it is made from`;
  }
  return undefined;
}

/** What all objects have above them, in whichever context they were made. */
function isRoot(prototype: object): boolean {
  return Object.getPrototypeOf(prototype) === null && className(prototype) === 'Object';
}

function isOfPlatform(itsClass: { readonly name: string }): boolean {
  const { name } = itsClass;
  return isNative(itsClass) || (PLATFORM_NAMES.has(name) && Reflect.get(globalThis, name) === itsClass);
}

/** Of objects that the language makes, and no program can, as `Intl.Segments`. */
function hasNativeMethod(prototype: object): boolean {
  return Object.values(Object.getOwnPropertyDescriptors(prototype)).some(
    ({ value }) => typeof value === 'function' && isNative(value),
  );
}

/** A private field is used by a dot before it; elsewhere, a # is a colour, or part of an address. */
const PRIVATE_STATE = /\.#[\p{ID_Start}$_]/u;

function sourceOf(itsClass: object): string {
  return Function.prototype.toString.call(itsClass);
}

export function isNative(itsClass: object): boolean {
  return sourceOf(itsClass).endsWith('{ [native code] }');
}

/** `Intl.NumberFormat` says more than `NumberFormat`. */
function platformName(itsClass: unknown, value: object): string {
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  const name = typeof itsClass === 'function' ? itsClass.name : '';
  if (name === '') return tag === 'Object' ? 'native object' : tag;
  return tag.endsWith(`.${name}`) ? tag : name;
}

/** Why bytes of this memory cannot be sent, to be read after their path; `undefined` when they can. */
export function refusalOfShared(bytes: object, memory: ArrayBufferLike): string | undefined {
  if (!types.isSharedArrayBuffer(memory)) return undefined;
  const view = bytes === memory ? '' : `${withArticle(className(bytes))} over `;
  return `is ${view}a SharedArrayBuffer, which other processes cannot see; send a copy of it`;
}

/** A namespace of the language has functions that are not enumerable. */
export function refusalOfNamespace(value: object): string | undefined {
  const isNamespace =
    Object.hasOwn(value, Symbol.toStringTag) &&
    Object.keys(value).length === 0 &&
    Object.getOwnPropertyNames(value).length > 0;
  return isNamespace ? 'is a namespace of the language, which every process has' : undefined;
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
