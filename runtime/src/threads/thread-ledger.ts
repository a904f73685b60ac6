import { closeSync, fstatSync } from 'node:fs';
import { ownIdentity } from '../queues/shared-memory/process-identity.js';
import type { Tracker } from '../segment/libc.js';
import { childStat } from './child-stat.js';
import {
  createLedgerMemory,
  ENTRY_NUMBERS,
  EntryKind,
  LEDGER_HEADER,
  LEDGER_MAGIC,
  type LedgerMemory,
} from './ledger-memory.js';

/** What is written down of its own memory. */
const ITSELF = 1;

/**
 * Writes down what a worker thread has of its process: descriptors, mappings, children. Node.js runs no code of a thread
 * that is terminated, and takes back only what it has made itself; another thread of the process finds this and does the
 * rest (sweep.ts).
 *
 * The children cannot write to it, so it says nothing that another thread must not act upon.
 */
export class ThreadLedger implements Tracker {
  #memory: LedgerMemory | undefined;
  #hasTried = false;
  readonly #places = new Map<string, number>();
  readonly #free: number[] = [];

  get fd(): number | undefined {
    return this.#memory?.fd;
  }

  opened(fd: number): void {
    try {
      const { dev, ino } = fstatSync(fd);
      this.#add(`descriptor ${fd}`, EntryKind.Descriptor, fd, dev, ino);
    } catch {
      // Not written down, as where there is no ledger; who opened it has it all the same.
    }
  }

  closing(fd: number): void {
    this.#remove(`descriptor ${fd}`);
  }

  mapped(address: bigint, lengthBytes: number): void {
    this.#add(`mapping ${address}`, EntryKind.Mapping, Number(address), lengthBytes, 0);
  }

  unmapped(address: bigint): void {
    this.#remove(`mapping ${address}`);
  }

  forked(pid: number): void {
    const stat = childStat(pid);
    if (stat !== undefined) this.#add(`child ${pid}`, EntryKind.Child, pid, stat.startTime, 0);
  }

  reaped(pid: number): void {
    this.#remove(`child ${pid}`);
  }

  /** At the end of this thread. Where it has given back all but this itself, nobody need find it. */
  close(): void {
    if (this.#memory === undefined || this.#places.size > ITSELF) return;
    this.#memory.unmap();
    closeSync(this.#memory.fd);
    this.#memory = undefined;
  }

  #open(): LedgerMemory | undefined {
    if (this.#hasTried) return this.#memory;
    this.#hasTried = true;
    const { threadId, startTime } = ownIdentity();
    const memory = createLedgerMemory();
    if (memory === undefined) return undefined;
    const { numbers } = memory;
    for (let place = numbers.length / ENTRY_NUMBERS - 1; place > 0; place -= 1) this.#free.push(place);
    numbers[LEDGER_HEADER.threadId] = threadId;
    numbers[LEDGER_HEADER.startTime] = startTime;
    numbers[LEDGER_HEADER.magic] = LEDGER_MAGIC;
    this.#memory = memory;
    this.mapped(memory.address, memory.lengthBytes);
    return memory;
  }

  #add(name: string, kind: EntryKind, a: number, b: number, c: number): void {
    const memory = this.#open();
    const place = this.#free.pop();
    if (memory === undefined || place === undefined) return;
    this.#places.set(name, place);
    const at = place * ENTRY_NUMBERS;
    memory.numbers.set([EntryKind.Free, a, b, c], at);
    // Last: this thread may be ended between any two stores.
    memory.numbers[at] = kind;
  }

  #remove(name: string): void {
    const place = this.#places.get(name);
    if (place === undefined) return;
    this.#places.delete(name);
    if (this.#memory === undefined) return;
    this.#memory.numbers[place * ENTRY_NUMBERS] = EntryKind.Free;
    this.#free.push(place);
  }
}
