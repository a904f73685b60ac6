import { closeSync, openSync, readdirSync, readlinkSync } from 'node:fs';
import { JobEvent, JobResponse, SharedArray, Worker } from 'mproc-worker';

/** In the control array: who waits for whom; at the end, the process that was told. */
export const Step = { Started: 0, Go: 1, Done: 2 } as const;

export type Where =
  | 'result'
  | 'response'
  | 'own error'
  | 'thrown'
  | 'progress'
  | 'state'
  | 'fatal'
  | 'in a map'
  | 'in a set';
export type What = 'closed array' | 'lost large value' | 'array of a process that died';

export interface Told {
  readonly where: Where;
  readonly what: What;
  /** Three words, by `Step`. */
  readonly control: SharedArray<'Int32Array'>;
}

const BIG_BYTES = 24 * 1024 * 1024;

/** Tells of a value that is gone before the parent looks at it. */
export class TellsUnreadable extends Worker<Told, unknown> {
  static override readonly module: string = import.meta.url;
  kept: unknown = undefined;

  protected override process({ where, what, control }: Told): unknown {
    const { values } = control;
    Atomics.store(values, Step.Started, 1);
    while (Atomics.load(values, Step.Go) === 0);
    const { value, spoil } = make(what);
    const spoilAfter = () => {
      if (what === 'array of a process that died') Atomics.store(values, Step.Done, process.pid);
      spoil();
      Atomics.store(values, Step.Done, process.pid);
    };
    // Runs when the job's end was told.
    setImmediate(spoilAfter);
    const items = { items: [1, value] };
    switch (where) {
      case 'result':
        return items;
      case 'in a map':
        return new Map([['key', new Map([[1, value]])]]);
      case 'in a set':
        return new Set([1, value]);
      case 'response':
        return JobResponse.success(items);
      case 'own error':
        return JobResponse.failure(Object.assign(new Error('of its own'), items));
      case 'thrown':
        throw Object.assign(new Error('thrown'), items);
      case 'progress':
        this.progress(items);
        return 'done';
      case 'state':
        this.kept = items;
        return 'done';
      case 'fatal':
        Atomics.store(values, Step.Done, process.pid);
        process.nextTick(() => {
          throw Object.assign(new Error('fatal'), items);
        });
        return new Promise(() => {});
    }
  }
}

/** Fails once, and leaves what cannot be read; then tells what it begins with. */
export class LeavesUnreadable extends TellsUnreadable {
  static override readonly module: string = import.meta.url;

  protected override process(told: Told): unknown {
    if (Atomics.load(told.control.values, Step.Done) !== 0) return this.kept;
    super.process({ ...told, where: 'state' });
    throw new Error('it has left what cannot be read');
  }
}

export class TellsUnreadableToListeners extends TellsUnreadable {
  static override readonly module = import.meta.url;
}

function make(what: What): { value: unknown; spoil: () => void } {
  if (what === 'closed array') {
    const array = SharedArray.from('Int32Array', [1, 2, 3]);
    return { value: array, spoil: () => array.close() };
  }
  if (what === 'array of a process that died') {
    const array = SharedArray.from('Int32Array', [1, 2, 3]);
    return { value: array, spoil: () => process.kill(process.pid, 'SIGKILL') };
  }
  return { value: Buffer.alloc(BIG_BYTES, 1), spoil: replaceLargeFiles };
}

/** Takes from the parent what a large value travels in, and has other files under the numbers of the descriptors. */
function replaceLargeFiles(): void {
  const closed = readdirSync('/proc/self/fd')
    .map(Number)
    .filter((fd) => isSharedMemory(fd));
  for (const fd of closed) {
    closeSync(fd);
    openSync('/dev/null', 'r');
  }
}

function isSharedMemory(fd: number): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`).startsWith('/dev/shm/');
  } catch {
    // It was the descriptor of the folder that was listed.
    return false;
  }
}

/** Fails, and has listeners in its process that are to hear of it. */
export class FailsWithListeners extends Worker<number, never> {
  static override readonly module = import.meta.url;
  static override readonly listeners = { [JobEvent.Failed]: () => {}, [JobEvent.Retry]: () => {} };
  protected override process(): never {
    throw new Error('fails');
  }
}

export class Makes extends Worker<number, SharedArray<'Int32Array'>> {
  static override readonly module = import.meta.url;
  protected override process(): SharedArray<'Int32Array'> {
    return SharedArray.from('Int32Array', [1, 2, 3]);
  }
}

export class Holds extends Worker<number, number> {
  static override readonly module = import.meta.url;
  protected override process(ms: number): number {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    return process.pid;
  }
}

/** Tells its progress with an array that is closed at once, in so many of many small jobs. */
export class SmallTeller extends Worker<number, number> {
  static override readonly module = import.meta.url;
  protected override process(value: number): number {
    if (value % 100 === 50) {
      const array = SharedArray.from('Int32Array', [value]);
      this.progress([array]);
      array.close();
    }
    return value;
  }
}
