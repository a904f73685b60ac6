import { types } from 'node:util';
import { OptionError } from '../errors/errors.js';
import { refuseTransfer } from '../segment/segment.js';
import { KINDS, type SharedArray, type SharedArrayKind } from '../shared-array/shared-array.js';
import { type Lend, noteReturned } from '../values/lent.js';
import { detach } from './detach.js';
import { LOAN_TAG } from './loan-tag.js';
import type { LoanReference } from './reference.js';
import type { Slab } from './slab.js';
import { SlabCache } from './slab-cache.js';

/** To copy less takes less time than to map it in the child. */
const LEAST_LENT_BYTES = 128 * 1024;

type Values<Kind extends SharedArrayKind> = SharedArray<Kind>['values'];

interface Loan {
  readonly slab: Slab;
  readonly seal: number;
  readonly memoryBytes: number;
}

/**
 * Memory of one pool that its caller fills, and that its jobs read where it is.
 *
 * - an array goes back when it is released, or found unused by the garbage collector
 * - one that was released has no elements any more, and is refused wherever it is sent
 * - memory that came back is used for the next arrays, once no child sees it
 */
export class Lender {
  readonly #isLending: boolean;
  /** Of the buffers that were not released; `undefined` for one in memory of this process's own. */
  readonly #loans = new WeakMap<ArrayBuffer, Loan | undefined>();
  readonly #returned = new WeakSet<ArrayBuffer>();
  readonly #cache = new SlabCache();
  /** Those that are lent now. */
  readonly #slabs = new Set<Slab>();
  readonly #forgotten = new FinalizationRegistry<Slab>((slab) => this.#takeBack(slab));

  /** @param lendBy has jobs get arrays as is told; `false` where they get copies, and then all arrays are ordinary ones */
  constructor(lendBy: (lend: Lend) => boolean) {
    this.#isLending = lendBy((view, memory, kind) => this.#lend(view as ArrayBuffer, memory, kind));
  }

  /** @throws OptionError; MprocError `ERR_MEMORY_FULL`, `ERR_PLATFORM`, `ERR_SYSTEM` */
  allocate<Kind extends SharedArrayKind>(kind: Kind, length: number): Values<Kind> {
    const view = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
    if (view === undefined)
      throw new OptionError(`kind must be one of ${Object.keys(KINDS).join(', ')}; received ${String(kind)}`);
    if (!Number.isSafeInteger(length) || length < 1)
      throw new OptionError(`length must be a whole number from 1; received ${String(length)}`);
    return new view(this.#memory(length * view.BYTES_PER_ELEMENT)) as Values<Kind>;
  }

  #memory(memoryBytes: number): ArrayBuffer {
    if (!this.#isLending || memoryBytes < LEAST_LENT_BYTES) {
      const buffer = new ArrayBuffer(memoryBytes);
      this.#loans.set(buffer, undefined);
      return buffer;
    }
    const slab = this.#cache.take(memoryBytes);
    this.#slabs.add(slab);
    let buffer: ArrayBuffer;
    try {
      buffer = slab.view(memoryBytes);
      refuseTransfer(buffer);
      this.#loans.set(buffer, { slab, seal: slab.seal(), memoryBytes });
    } catch (error) {
      this.#giveUp(slab);
      throw error;
    }
    this.#forgotten.register(buffer, slab, buffer);
    return buffer;
  }

  /** May be called twice. @throws OptionError for what `allocate` has not returned */
  release(array: unknown): void {
    const buffer = ArrayBuffer.isView(array) ? array.buffer : array;
    if (types.isArrayBuffer(buffer) && this.#returned.has(buffer)) return;
    if (!types.isArrayBuffer(buffer) || !this.#loans.has(buffer))
      throw new OptionError('release takes an array that allocate of the same pool has returned');
    const loan = this.#loans.get(buffer);
    this.#loans.delete(buffer);
    this.#returned.add(buffer);
    noteReturned(buffer);
    const isDetached = detach(buffer);
    if (loan === undefined) return;
    this.#forgotten.unregister(buffer);
    // What still shows the memory must not show what the next loan has there.
    if (isDetached) this.#takeBack(loan.slab);
    else this.#giveUp(loan.slab);
  }

  #takeBack(slab: Slab): void {
    slab.breakSeal();
    if (this.#cache.putBack(slab)) this.#slabs.delete(slab);
    else this.#giveUp(slab);
  }

  #giveUp(slab: Slab): void {
    this.#slabs.delete(slab);
    slab.close();
  }

  #lend(view: ArrayBuffer | ArrayBufferView, memory: ArrayBuffer, kind: number): ReturnType<Lend> {
    const { byteLength } = view;
    const loan = byteLength < LEAST_LENT_BYTES ? undefined : this.#loans.get(memory);
    if (loan === undefined) return undefined;
    const start = ArrayBuffer.isView(view) ? view.byteOffset : 0;
    const { path, inode, memoryBytes } = loan.slab;
    const descriptor: LoanReference = [
      path,
      inode,
      loan.seal,
      memoryBytes,
      loan.memoryBytes,
      kind,
      start,
      byteLength,
    ];
    return { tag: LOAN_TAG, descriptor };
  }

  /** The pool has ended: nobody opens anything any more. What the program still has it keeps. */
  close(): void {
    this.#cache.close();
    for (const slab of this.#slabs) slab.closeDescriptor();
  }
}
