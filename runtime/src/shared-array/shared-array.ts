import { MprocError, OptionError } from '../errors/errors.js';
import { openForeign } from '../segment/foreign-file.js';
import { libc } from '../segment/libc.js';
import { Segment } from '../segment/segment.js';
import { createShareable, withdrawPath } from '../segment/shareable.js';
import { registerCustomType } from '../values/index.js';
import { ARRAY_HEADER, ARRAY_SEGMENT } from './layout.js';

const KINDS = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
} as const;

type Kinds = typeof KINDS;
export type SharedArrayKind = keyof Kinds;
type Values<Kind extends SharedArrayKind> = InstanceType<Kinds[Kind]>;

/** What crosses to another process in place of the values. */
interface Reference {
  readonly id: string;
  readonly path: string;
  /** Of its file. */
  readonly inode: number;
  readonly nonce: readonly [number, number];
  readonly kind: SharedArrayKind;
  readonly length: number;
}

/** Arrays that this process has, so that a reference which comes back gives the same array. */
const known = new Map<string, WeakRef<SharedArray>>();
/** Arrays that were sent and not closed: whoever got the reference may still have to open it. */
const sent = new Map<string, SharedArray>();
const forgotten = new FinalizationRegistry<string>((id) => {
  if (known.get(id)?.deref() === undefined) known.delete(id);
});
/** Tells this process's arrays from those of a process that had its pid before. */
const origin = `${process.pid}-${Math.random().toString(36).slice(2)}`;
let made = 0;

/**
 * An array in memory that several processes see: sent to a job, or back, it costs the same whatever its size, and what
 * one process writes the others read. Who writes when is the program's own business; `Atomics` works on `values`.
 *
 * - the process that made it keeps it until `close`; a job must have got it by then
 * - the memory itself goes when no process refers to it any more; there is no file to clean up on Linux
 */
export class SharedArray<Kind extends SharedArrayKind = SharedArrayKind> {
  /** The memory, as a typed array. */
  readonly values: Values<Kind>;
  readonly #reference: Reference;
  readonly #segment: Segment;

  private constructor(segment: Segment, reference: Reference) {
    this.#segment = segment;
    this.#reference = reference;
    this.values = new KINDS[reference.kind](
      segment.bytes.buffer as ArrayBuffer,
      ARRAY_HEADER.lengthBytes,
      reference.length,
    ) as Values<Kind>;
    segment.unmapWhenUnused();
    known.set(reference.id, new WeakRef(this as SharedArray));
    forgotten.register(this, reference.id);
  }

  /**
   * A new array, filled with zeros.
   * @param length number of elements
   * @throws OptionError; MprocError `ERR_MEMORY_FULL`, `ERR_SYSTEM`
   */
  static allocate<Kind extends SharedArrayKind>(kind: Kind, length: number): SharedArray<Kind> {
    const view = KINDS[kind];
    if (view === undefined)
      throw new OptionError(`kind must be one of ${Object.keys(KINDS).join(', ')}; received ${String(kind)}`);
    if (!Number.isSafeInteger(length) || length < 1)
      throw new OptionError(`length must be a whole number from 1; received ${String(length)}`);
    const { segment, path } = createShareable(ARRAY_HEADER.lengthBytes + length * view.BYTES_PER_ELEMENT);
    made += 1;
    const id = `${origin}.${made}`;
    const nonce = [randomWord(), randomWord()] as const;
    writeHeader(segment, nonce);
    try {
      return new SharedArray<Kind>(segment, { id, path, inode: segment.inode, nonce, kind, length });
    } catch (error) {
      segment.close();
      withdrawPath(path);
      throw error;
    }
  }

  /** A new array with a copy of these values. */
  static from<Kind extends SharedArrayKind>(
    kind: Kind,
    values: ArrayLike<Values<Kind>[number]>,
  ): SharedArray<Kind> {
    const array = SharedArray.allocate(kind, values.length);
    (array.values as { set(from: ArrayLike<unknown>): void }).set(values);
    return array;
  }

  get kind(): Kind {
    return this.#reference.kind as Kind;
  }

  get length(): number {
    return this.#reference.length;
  }

  /** Nobody else can open it from now on; who has it keeps it, here too as long as `values` is in use. */
  close(): void {
    sent.delete(this.#reference.id);
    this.#segment.closeDescriptor();
    withdrawPath(this.#reference.path);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal */
  static referTo(array: SharedArray): Reference {
    const reference = array.#reference;
    if (reference.id.startsWith(`${origin}.`)) {
      if (!array.#segment.hasDescriptor)
        throw new MprocError(
          'ERR_VALUE',
          'a SharedArray that was closed cannot be sent; close it when its jobs are done',
        );
      sent.set(reference.id, array);
    }
    return reference;
  }

  /** @internal */
  static openReference(reference: unknown): SharedArray {
    if (!isReference(reference))
      throw new MprocError('ERR_VALUE_DECODE', 'a reference to a SharedArray is not as it must be');
    const here = known.get(reference.id)?.deref();
    if (here !== undefined) return here;
    const segment = openSegment(reference);
    if (segment === undefined)
      throw new MprocError(
        'ERR_VALUE_DECODE',
        'a SharedArray was closed, or its process ended, before it was received',
      );
    segment.closeDescriptor();
    return new SharedArray(segment, reference);
  }

  static {
    registerCustomType(SharedArray as unknown as new () => SharedArray, {
      tag: 'SharedArray',
      write: (array) => SharedArray.referTo(array),
      read: (reference) => SharedArray.openReference(reference),
    });
  }
}

function randomWord(): number {
  return Math.floor(Math.random() * 2 ** 32);
}

const HEADER = ARRAY_HEADER.word;

function writeHeader({ words }: Segment, nonce: Reference['nonce']): void {
  words[HEADER.version] = ARRAY_SEGMENT.version;
  words[HEADER.nonce] = nonce[0];
  words[HEADER.nonce + 1] = nonce[1];
  words[HEADER.magic] = ARRAY_SEGMENT.magic;
}

/** Is this the array that was sent? Its file may have the inode of one that is gone. */
function hasHeader({ words }: Segment, nonce: Reference['nonce']): boolean {
  return (
    words[HEADER.magic] === ARRAY_SEGMENT.magic &&
    words[HEADER.version] === ARRAY_SEGMENT.version &&
    words[HEADER.nonce]! >>> 0 === nonce[0] &&
    words[HEADER.nonce + 1]! >>> 0 === nonce[1]
  );
}

/** @returns `undefined` when the array is gone, or what is found in its place is another */
function openSegment({ path, inode, kind, length, nonce }: Reference): Segment | undefined {
  const fd = openForeign({ path, inode, access: 'write', owner: 'family' });
  if (fd === undefined) return undefined;
  const lengthBytes = Segment.wholePages(ARRAY_HEADER.lengthBytes + length * KINDS[kind].BYTES_PER_ELEMENT);
  // To touch a page beyond the end of a file is SIGBUS.
  if (libc().lengthOf(fd) !== lengthBytes) {
    libc().close(fd);
    return undefined;
  }
  const segment = Segment.map(fd, lengthBytes);
  if (hasHeader(segment, nonce)) return segment;
  segment.close();
  return undefined;
}

/** What a process says of its memory is not believed before it has been looked at. */
function isReference(value: unknown): value is Reference {
  if (typeof value !== 'object' || value === null) return false;
  const { id, path, inode, nonce, kind, length } = value as Partial<Reference>;
  return (
    typeof id === 'string' &&
    typeof path === 'string' &&
    typeof kind === 'string' &&
    Object.hasOwn(KINDS, kind) &&
    Number.isSafeInteger(inode) &&
    Number.isSafeInteger(length) &&
    length! >= 1 &&
    Array.isArray(nonce) &&
    nonce.length === 2
  );
}
