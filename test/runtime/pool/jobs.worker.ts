import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { JobResponse, NoRetry, Worker } from 'mproc-worker';

/** Holds the thread without burning it. */
function hold(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

export class Echo extends Worker<unknown, unknown> {
  static override readonly module = import.meta.url;
  protected override process(value: unknown): unknown {
    return value;
  }
}

class BadRow extends NoRetry {
  readonly row = 7;
}

/** Says of its input that trying again is of no use. */
export class RefusesInput extends Worker<'itself' | 'own class', never> {
  static override readonly module = import.meta.url;
  protected override process(how: 'itself' | 'own class'): never {
    const cause = new Error('no digits');
    throw how === 'itself'
      ? new NoRetry('row 7 is no number', { cause })
      : new BadRow('row 7 is no number', { cause });
  }
}

export class Later extends Worker<number, number> {
  static override readonly module = import.meta.url;
  protected override async process(ms: number): Promise<number> {
    await delay(ms);
    return process.pid;
  }
}

export class Hold extends Worker<number, number> {
  static override readonly module = import.meta.url;
  protected override process(ms: number): number {
    hold(ms);
    return process.pid;
  }
}

export class Spin extends Worker<unknown, never> {
  static override readonly module = import.meta.url;
  protected override process(): never {
    for (;;);
  }
}

/** Does not hear of SIGTERM, and would not end for it. */
/** Makes the file that it is told of as soon as it ignores the signal. */
export class Stubborn extends Worker<unknown, never> {
  static override readonly module = import.meta.url;
  protected override process(file: unknown): never {
    process.removeAllListeners('SIGTERM');
    process.on('SIGTERM', () => {});
    if (typeof file === 'string') writeFileSync(file, '');
    for (;;);
  }
}

/** Kills every other process of those that it is told of, in its first attempt. */
export class KillOthers extends Worker<readonly number[], number> {
  static override readonly module = import.meta.url;
  protected override process(pids: readonly number[]): number {
    for (const pid of this.attempt === 1 ? pids : []) {
      if (pid === process.pid) continue;
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Another one has done it.
      }
    }
    hold(5);
    return process.pid;
  }
}

/** Waits until it is told to stop. */
export class Patient extends Worker<unknown, string> {
  static override readonly module = import.meta.url;
  protected override process(): Promise<string> {
    return new Promise((_resolve, reject) => {
      this.signal.addEventListener('abort', () => reject(new Error('it was told to stop')));
    });
  }
}

/** Fails its first attempts; counts all of them in a field. */
export class FailTimes extends Worker<number, { tries: number; attempt: number }> {
  static override readonly module = import.meta.url;
  tries = 0;
  holdMs = 0;
  protected override process(failures: number): { tries: number; attempt: number } {
    this.tries += 1;
    if (this.holdMs > 0) hold(this.holdMs);
    if (this.attempt <= failures) throw new Error(`attempt ${this.attempt} fails`);
    return { tries: this.tries, attempt: this.attempt };
  }
}

export interface End {
  how: 'signal' | 'abort' | 'exit' | 'memory' | 'throw' | 'reject' | 'overwritten-exit';
  signal?: NodeJS.Signals;
  code?: number;
  /** Attempts that end so. @default all */
  attempts?: number;
}

export class EndProcess extends Worker<End | number, number> {
  static override readonly module = import.meta.url;
  protected override process(end: End | number): number | Promise<number> {
    if (typeof end === 'number') return end;
    if (end.attempts !== undefined && this.attempt > end.attempts) return -1;
    console.error(`last words of ${this.jobId}`);
    switch (end.how) {
      case 'signal':
        process.kill(process.pid, end.signal ?? 'SIGKILL');
        hold(10_000);
        break;
      case 'abort':
        process.abort();
        break;
      case 'exit':
        process.exit(end.code);
        break;
      case 'overwritten-exit':
        process.exit = (() => {}) as never;
        process.kill(process.pid, 'SIGKILL');
        break;
      case 'memory':
        for (const kept: unknown[] = []; ; ) kept.push(new Array(100_000).fill({}).map(() => ({ a: 1 })));
      case 'throw':
        setTimeout(() => {
          throw new Error('nobody catches this');
        }, 1);
        return new Promise(() => {});
      case 'reject':
        void Promise.reject(new Error('nobody awaits this'));
        return new Promise(() => {});
    }
    return 0;
  }
}

/** Gives its result, and dies a moment later. */
export class DieAfter extends Worker<number, number> {
  static override readonly module = import.meta.url;
  protected override process(value: number): number {
    setTimeout(() => {
      throw new Error('thrown after the result');
    }, 1);
    return value;
  }
}

export class Reporter extends Worker<number, string> {
  static override readonly module = import.meta.url;
  protected override process(count: number): string {
    for (let at = 0; at < count; at += 1) this.progress(at);
    return 'done';
  }
}

const SAID = 'y'.repeat(60);

/** Its result tells of the job's progress when it is read. */
export class TellsWhilePacked extends Worker<number, { before: string; n: number; after: string }> {
  static override readonly module = import.meta.url;
  protected override process(n: number): { before: string; n: number; after: string } {
    for (const until = performance.now() + 3; performance.now() < until; );
    const tell = () => this.progress({ n, text: SAID });
    return {
      before: SAID,
      get n() {
        tell();
        return n;
      },
      after: SAID,
    };
  }
}

export class Title extends Worker<unknown, { title: string; jobId: string }> {
  static override readonly module = import.meta.url;
  protected override process(): { title: string; jobId: string } {
    return { title: process.title, jobId: this.jobId };
  }
}

export class Answers extends Worker<'good' | 'bad' | 'coded', string> {
  static override readonly module = import.meta.url;
  protected override process(what: 'good' | 'bad' | 'coded') {
    if (what === 'good') return JobResponse.success('of its own');
    const error = Object.assign(new RangeError('out of it'), what === 'coded' ? { exitCode: 9 } : {});
    return what === 'coded' ? JobResponse.failure(error) : JobResponse.failure(error, 42);
  }
}

export class Unsendable extends Worker<string, unknown> {
  static override readonly module = import.meta.url;
  state: unknown;
  protected override process(what: string): unknown {
    if (what === 'result') return { list: [1, { fn: () => 1 }] };
    if (what === 'state') {
      this.state = { fn: () => 1 };
      throw new Error('and its state cannot be sent');
    }
    if (what === 'thrown') throw { own: () => 1 };
    return what;
  }
}

/** Something with a `then` of its own, which gives no promise back. */
export class Thenable extends Worker<number, number> {
  static override readonly module = import.meta.url;
  protected override process(value: number): number {
    // biome-ignore lint/suspicious/noThenProperty: this is what is tested
    return { then: (resolve: (value: number) => void) => void resolve(value) } as unknown as number;
  }
}

const alive: Buffer[] = [];
export class Grow extends Worker<number, number> {
  static override readonly module = import.meta.url;
  protected override async process(bytes: number): Promise<number> {
    await delay(5);
    alive.push(Buffer.alloc(bytes, 1));
    return process.pid;
  }
}

/** Told of in the process that runs it. */
const heard: string[] = [];
export class Heard extends Worker<number, string[]> {
  static override readonly module = import.meta.url;
  static override readonly listeners = {
    'job.event.start': (worker: Heard) => void heard.push(`start ${worker.attempt}`),
    'job.event.running': () => {
      heard.push('running');
      throw new Error('a listener that throws');
    },
    'job.event.retry': async (worker: Heard) => {
      await delay(5);
      heard.push('retry');
      worker.added += 10;
    },
  };
  added = 0;
  protected override process(failures: number): string[] {
    if (this.attempt <= failures) throw new Error('again');
    return [...heard.splice(0), `added ${this.added}`];
  }
}

export class Descriptors extends Worker<unknown, string[]> {
  static override readonly module = import.meta.url;
  protected override async process(): Promise<string[]> {
    const { execFileSync } = await import('node:child_process');
    const script =
      "const fs=require('fs');console.log(JSON.stringify(fs.readdirSync('/proc/self/fd').map((fd)=>{try{return fd+' '+fs.readlinkSync('/proc/self/fd/'+fd)}catch{return ''}})))";
    return JSON.parse(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }));
  }
}

/** Writes when it begins and when it ends. */
export class Ledger extends Worker<{ file: string; ms: number }, string> {
  static override readonly module = import.meta.url;
  protected override async process({ file, ms }: { file: string; ms: number }): Promise<string> {
    const { appendFileSync } = await import('node:fs');
    appendFileSync(file, `begin ${process.pid}\n`);
    hold(ms);
    appendFileSync(file, `end ${process.pid}\n`);
    return 'done';
  }
}

/** Reports where the class's own code does not show it. */
function reportFor(worker: Worker, value: unknown): void {
  worker.progress(value);
}

let hasReported: (() => void) | undefined;
const reported = new Promise<void>((resolve) => {
  hasReported = resolve;
});

/** The first job leaves a timer behind that reports while the next one waits for that. */
export class ReportsLate extends Worker<'leave' | 'wait', string> {
  static override readonly module = import.meta.url;

  protected override async process(what: 'leave' | 'wait'): Promise<string> {
    this.progress(`${what} begins`);
    if (what === 'wait') await reported;
    else
      setTimeout(() => {
        this.progress('too late');
        hasReported?.();
      }, 5);
    return what;
  }
}

/** The same by a function that its jobs have called before. */
export class ReportsElsewhere extends Worker<'first' | 'leave' | 'wait', string> {
  static override readonly module = import.meta.url;

  protected override async process(what: 'first' | 'leave' | 'wait'): Promise<string> {
    reportFor(this, `${what} begins`);
    if (what === 'wait') await reported;
    if (what === 'leave')
      setTimeout(() => {
        reportFor(this, 'too late');
        hasReported?.();
      }, 5);
    return what;
  }
}
