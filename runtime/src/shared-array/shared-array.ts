import { MprocError, OptionError } from '../errors/errors.js';
import { Segment } from '../segment/segment.js';
import { createShareable, withdrawPath } from '../segment/shareable.js';
import { registerCustomType } from '../values/index.js';

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
  readonly segmentBytes: number;
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
      0,
      reference.length,
    ) as Values<Kind>;
    segment.unmapWhenUnused();
    known.set(reference.id, new WeakRef(this as SharedArray));
    forgotten.register(this, reference.id);
  }

  /**
   * A new array, filled with zeros.
   * @param length number of elements
   * @throws OptionError; MprocError `ERR_MEMORY_FULL`
   */
  static allocate<Kind extends SharedArrayKind>(kind: Kind, length: number): SharedArray<Kind> {
    const view = KINDS[kind];
    if (view === undefined)
      throw new OptionError(`kind must be one of ${Object.keys(KINDS).join(', ')}; received ${String(kind)}`);
    if (!Number.isSafeInteger(length) || length < 1)
      throw new OptionError(`length must be a whole number from 1; received ${String(length)}`);
    const { segment, path } = createShareable(length * view.BYTES_PER_ELEMENT);
    made += 1;
    const id = `${origin}.${made}`;
    return new SharedArray<Kind>(segment, { id, path, segmentBytes: segment.lengthBytes, kind, length });
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
  static openReference(reference: Reference): SharedArray {
    const here = known.get(reference.id)?.deref();
    if (here !== undefined) return here;
    const segment = Segment.openShared(reference.path, reference.segmentBytes);
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
      read: (reference) => SharedArray.openReference(reference as Reference),
    });
  }
}
