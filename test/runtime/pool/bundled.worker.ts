import { setTimeout as delay } from 'node:timers/promises';
import { JobResponse, Worker } from 'mproc-worker';

export type Errand =
  | number
  | {
      readonly do:
        | 'kill'
        | 'throw'
        | 'wait'
        | 'respond'
        | 'refuse'
        | 'large'
        | 'progress'
        | 'mark'
        | 'die later'
        | 'large and die later';
    }
  | { readonly do: 'hold'; readonly ms: number };

/** Gives numbers back at once, so that they are bundled; does other things where it is asked to. */
export class Errands extends Worker<Errand, unknown> {
  static override readonly module = import.meta.url;
  mark = 0;
  protected override process(errand: Errand): unknown {
    if (typeof errand === 'number') return this.mark === 0 ? errand : 'the mark of another job';
    switch (errand.do) {
      case 'kill':
        process.kill(process.pid, 'SIGKILL');
        return hold(10_000);
      case 'throw':
        throw new Error(`attempt ${this.attempt}`);
      case 'wait':
        return delay(1, 'waited');
      case 'respond':
        return JobResponse.failure(new Error('its own'), 9);
      case 'refuse':
        return () => {};
      case 'large':
        return Buffer.alloc(2_000_000, 7);
      case 'large and die later':
        // When all of its bundle is done.
        setImmediate(() => process.kill(process.pid, 'SIGKILL'));
        return Buffer.alloc(2_000_000, 7);
      case 'progress':
        this.progress('half');
        return 'done';
      case 'mark':
        this.mark = 1;
        throw new Error('marked');
      case 'die later': {
        const done = Promise.resolve('done');
        // In a microtask after the one in which its result is told.
        void done.then(() =>
          queueMicrotask(() => {
            hold(100);
            throw new Error('after the job');
          }),
        );
        return done;
      }
      case 'hold':
        this.progress('holds');
        hold(errand.ms);
        return 'held';
    }
  }
}

function hold(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
