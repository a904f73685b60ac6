/** Words that no class or constant of a module may have as its name. */
const RESERVED_WORDS = new Set(
  (
    'abstract any arguments as asserts async await bigint boolean break case catch class const constructor continue ' +
    'debugger declare default delete do else enum eval export extends false finally for from function get global if ' +
    'implements import in infer instanceof interface intrinsic is keyof let module namespace never new null number ' +
    'object of out override package private protected public readonly require return satisfies set static string super ' +
    'switch symbol this throw true try type typeof undefined unique unknown using var void while with yield'
  ).split(' '),
);

/** What generated files import or use as globals: a class of that name would hide it. */
const TAKEN_NAMES = new Set(
  (
    'Worker ProcessPool JobEvent JobEventDetail Job JobResponse JobStatus Listener Listeners Observer Observable Runnable ' +
    'Logger Queue QueueFactory QueueFactoryOptions QueueSupport QueueCounts Lease Outcome PutOptions ReserveOptions ' +
    'NackOptions DeadLetter DeadLetters Awaitable SharedMemoryQueue NullQueue RetryStrategy Strategy Failure Decision ' +
    'Response UnsupportedError QueueClosedError OptionError ValueError MprocError Database DatabaseSync StatementSync ' +
    'Object Array Promise Error Map Set WeakMap WeakSet Date RegExp String Number Boolean Symbol BigInt Function Math ' +
    'JSON Reflect Proxy Atomics SharedArrayBuffer ArrayBuffer DataView Buffer URL AbortSignal AbortController Intl ' +
    'Iterator AsyncIterator Record Partial Readonly ReadonlyArray Required Pick Omit Exclude Extract Infinity NaN ' +
    'Event EventTarget Uint8Array Int8Array Uint16Array Int16Array Uint32Array Int32Array Float32Array Float64Array ' +
    'Uint8ClampedArray BigInt64Array BigUint64Array AggregateError TypeError RangeError SyntaxError AsyncIterable ' +
    'AsyncDisposable Disposable NodeJS Pool Redis'
  ).split(' '),
);

export function isReservedWord(name: string): boolean {
  return RESERVED_WORDS.has(name);
}

export function isTakenName(name: string): boolean {
  return TAKEN_NAMES.has(name);
}
