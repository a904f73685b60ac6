import { MprocError, OptionError } from '../errors/errors.js';
import { openForeign } from '../segment/foreign-file.js';
import { libc } from '../segment/libc.js';
import { Segment } from '../segment/segment.js';
import { sender } from '../segment/sender.js';
import { createShareable, pathOfDescriptor, withdrawPath } from '../segment/shareable.js';
import { registerCustomType } from '../values/index.js';
import { ARRAY_HEADER, ARRAY_SEGMENT } from './layout.js';

/** Typed arrays that show shared memory. */
export const KINDS = {
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
/** Name of the typed array that `values` is. */
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
  /** The receiver keeps it. */
  readonly isGiven?: boolean;
}

/** Arrays that this process has, so that a reference which comes back gives the same array. */
const known = new Map<string, WeakRef<SharedArray>>();
/** Arrays that were sent and not closed: whoever got the reference may still have to open it. */
const sent = new Map<string, SharedArray>();
const forgotten = new FinalizationRegistry<string>((id) => {
  if (known.get(id)?.deref() === undefined) known.delete(id);
});
/** Nobody can send one that is gone, so nobody needs its descriptor. */
const abandoned = new FinalizationRegistry<{ segment: Segment; path: string }>(({ segment, path }) => {
  segment.closeDescriptor();
  withdrawPath(path);
});
/** Arrays of this process that are in the result that is being packed, and with it the receiver's. */
let given: Set<SharedArray> | undefined;
const reused = new Set<SharedArray>();
/** Tells the arrays that were made here from those of a process that had this pid before. */
const origin = `${process.pid}-${Math.random().toString(36).slice(2)}`;
let made = 0;
const NONE: readonly SharedArray[] = [];

/**
 * An array in memory that several processes see: sent to a job, or back, it costs the same whatever its size, and what
 * one process writes the others read. Who writes when is the program's own business; `Atomics` works on `values`.
 *
 * - the process that made it keeps it until `close`; a job must have got it by then
 * - one that a job made and returns belongs to the caller from then on, as if the caller had made it; the process of the job
 *   keeps nothing of it, and may not send it again
 * - the memory itself goes when no process refers to it any more; there is no file to clean up on Linux
 */
export class SharedArray<Kind extends SharedArrayKind = SharedArrayKind> {
  /** The memory, as a typed array. */
  readonly values: Values<Kind>;
  #reference: Reference;
  readonly #segment: Segment;
  /** Whose descriptor others open it by: this process's, another's, or that of the process to which it was handed over. */
  #holder: 'here' | 'elsewhere' | 'unknown';

  private constructor(segment: Segment, reference: Reference, holder: 'here' | 'elsewhere') {
    this.#segment = segment;
    this.#reference = reference;
    this.#holder = holder;
    this.values = new KINDS[reference.kind](
      segment.bytes.buffer as ArrayBuffer,
      ARRAY_HEADER.lengthBytes,
      reference.length,
    ) as Values<Kind>;
    segment.unmapWhenUnused();
    known.set(reference.id, new WeakRef(this as SharedArray));
    forgotten.register(this, reference.id);
    if (holder === 'here') abandoned.register(this, { segment, path: reference.path });
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
      return new SharedArray<Kind>(segment, { id, path, inode: segment.inode, nonce, kind, length }, 'here');
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

  /** The class of `values`. */
  get kind(): Kind {
    return this.#reference.kind as Kind;
  }

  /** Number of elements. */
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
    if (array.#holder === 'unknown')
      throw new MprocError(
        'ERR_VALUE',
        'a SharedArray that an earlier job returned belongs to the caller of that job, and cannot be sent again from here; make another one, or have it passed to the job',
      );
    if (array.#holder === 'here') {
      if (!array.#segment.hasDescriptor)
        throw new MprocError(
          'ERR_VALUE',
          'a SharedArray that was closed cannot be sent; close it when its jobs are done',
        );
      sent.set(reference.id, array);
      if (given !== undefined) {
        given.add(array);
        return { ...reference, isGiven: true };
      }
    }
    return reference;
  }

  /** What is packed from now on is a result: its arrays that this process has are given away. @internal */
  static beginGiving(): void {
    given = reused;
  }

  /** Has what was packed such arrays? @internal */
  static get givesAny(): boolean {
    return reused.size > 0;
  }

  /** @returns the arrays of what was packed @internal */
  static endGiving(): readonly SharedArray[] {
    given = undefined;
    if (reused.size === 0) return NONE;
    const arrays = [...reused];
    reused.clear();
    return arrays;
  }

  /** In bytes. @internal */
  static memoryOf(array: SharedArray): number {
    return array.#segment.lengthBytes;
  }

  /** Who it was sent to has opened it, and keeps it from now on. @internal */
  static handOver(array: SharedArray): void {
    if (array.#holder !== 'here') return;
    array.#holder = 'unknown';
    sent.delete(array.#reference.id);
    array.#segment.closeDescriptor();
  }

  /** @internal */
  static openReference(reference: unknown): SharedArray {
    if (!isReference(reference))
      throw new MprocError('ERR_VALUE_DECODE', 'a reference to a SharedArray is not as it must be');
    const here = known.get(reference.id)?.deref();
    if (here !== undefined) return here.#comesBack(reference);
    const segment = openSegment(reference);
    if (segment === undefined)
      throw new MprocError(
        'ERR_VALUE_DECODE',
        'a SharedArray was closed, or its process ended, before it was received',
      );
    if (reference.isGiven !== true || sender() === undefined) {
      segment.closeDescriptor();
      return new SharedArray(segment, reference, 'elsewhere');
    }
    const { id, inode, nonce, kind, length } = reference;
    return new SharedArray(
      segment,
      { id, path: pathOfDescriptor(segment.fd) ?? reference.path, inode, nonce, kind, length },
      'here',
    );
  }

  #comesBack(reference: Reference): this {
    if (this.#holder === 'unknown') {
      this.#reference = reference;
      this.#holder = 'elsewhere';
    }
    return this;
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
