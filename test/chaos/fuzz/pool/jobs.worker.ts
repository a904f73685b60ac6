import { JobResponse, SharedArray, Worker } from 'mproc-worker';
import type { JobArgs } from './job.js';
import { arrayValues, checksum, fill } from './job-values.js';
import { begin, end } from './journal.js';

const JOURNAL = process.env.FUZZ_JOURNAL;

function hold(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function spin(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until; );
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason ?? new Error('aborted'));
    });
  });
}

const never = () => new Promise<never>(() => {});

type Does = (worker: Worker, args: JobArgs) => unknown;

const DOES: Record<JobArgs['kind'], Does> = {
  echo: (_, { id, value }) => ({ id, value }),
  tick: async (_, { id }) => ({ id }),
  sleep: async (worker, { id, ms }) => {
    await sleep(ms, worker.signal);
    return { id };
  },
  deafSleep: async (_, { id, ms }) => {
    await sleep(ms);
    return { id };
  },
  spin: (_, { id, ms }) => {
    spin(ms);
    return { id };
  },
  throw: (_, { id }) => {
    throw new Error(`boom ${id}`);
  },
  fail: (_, { id }) => JobResponse.failure(new Error(`boom ${id}`), 7),
  respond: (_, { id }) => JobResponse.success({ id }),
  crash: (_, { id }) => {
    process.kill(process.pid, (['SIGKILL', 'SIGSEGV', 'SIGABRT'] as const)[id % 3]!);
    hold(10_000);
  },
  exit: (_, { id }) => process.exit(id % 2 === 0 ? 3 : 0),
  uncaught: (_, { id }) => {
    setTimeout(() => {
      throw new Error(`uncaught ${id}`);
    });
    return never();
  },
  rejection: (_, { id }) => {
    void Promise.reject(new Error(`unhandled ${id}`));
    return never();
  },
  uncaughtLater: (_, { id }) => {
    setTimeout(() => {
      throw new Error(`uncaught after the result ${id}`);
    }, 1);
    return { id };
  },
  flaky: (worker, { id, succeedsAt }) => {
    if (worker.attempt < succeedsAt) throw new Error(`boom ${id}`);
    return { id };
  },
  flakyCrash: (worker, { id, succeedsAt }) => {
    if (worker.attempt < succeedsAt) process.kill(process.pid, 'SIGKILL');
    if (worker.attempt < succeedsAt) hold(10_000);
    return { id };
  },
  big: (_, { id, lengthBytes }) => ({ id, bytes: fill(lengthBytes, id) }),
  bigIn: (_, { id, bytes }) => ({ id, sum: checksum(bytes!), length: bytes!.length }),
  progress: (worker, { id, reports, lengthBytes }) => {
    for (let at = 0; at < reports; at += 1) worker.progress({ id, at, pad: 'x'.repeat(lengthBytes % 5_000) });
    return { id };
  },
  progressLater: (worker, { id }) => {
    setTimeout(() => worker.progress({ id, at: -1, pad: '' }), 1);
    return { id };
  },
  getterResult: (worker, { id }) => ({
    id,
    get told() {
      worker.progress({ id, at: -1, pad: '' });
      return 5;
    },
  }),
  unsendableResult: (_, { id }) => ({ id, list: [1, () => id] }),
  unsendableError: (_, { id }) => {
    throw Object.assign(new Error(`boom ${id}`), { give: () => id });
  },
  unsendableArgs: (_, { id }) => ({ id }),
  throwingGetter: (_, { id }) => ({ id }),
  array: (_, { id, array }) => {
    const values = array!.values as Int32Array;
    const sum = checksum(values);
    values[0] = -id;
    return { id, sum };
  },
  arrayResult: (_, { id, lengthBytes }) => {
    const values = arrayValues(id, 1 + (lengthBytes % 1_000));
    return { id, array: SharedArray.from('Int32Array', values) };
  },
  closedArray: (_, { id, array }) => ({ id, sum: checksum(array!.values as Int32Array) }),
};

function run(worker: Worker, args: JobArgs): unknown {
  if (!args.journaled || JOURNAL === undefined) return DOES[args.kind](worker, args);
  const { attempt } = worker;
  begin(JOURNAL, args.id, attempt);
  let outcome: unknown;
  try {
    outcome = DOES[args.kind](worker, args);
  } catch (error) {
    end(JOURNAL, args.id, attempt);
    throw error;
  }
  if (outcome instanceof Promise) return outcome.finally(() => end(JOURNAL, args.id, attempt));
  end(JOURNAL, args.id, attempt);
  return outcome;
}

/** Has no state and no listeners: its small jobs travel in bundles. */
export class Plain extends Worker<JobArgs, unknown> {
  static override readonly module = import.meta.url;

  static override onMessage({ number, value }: { number: number; value: unknown }) {
    if (number % 7 === 0) throw new Error(`message ${number}`);
    return { number, value };
  }

  protected override process(args: JobArgs): unknown {
    return run(this, args);
  }
}

/** Counts its runs in its state. */
export class Counting extends Worker<JobArgs, unknown> {
  static override readonly module = import.meta.url;
  runs = 0;
  pad = 'p'.repeat(200);
  protected override process(args: JobArgs): unknown {
    this.runs += 1;
    return run(this, args);
  }
}

/** Has listeners in the processes that run its jobs. */
export class Heard extends Worker<JobArgs, unknown> {
  static override readonly module = import.meta.url;
  static override readonly listeners = {
    'job.event.success'() {},
    'job.event.retry'() {},
    async 'job.event.failed'() {},
    'job.event.canceled'() {
      throw new Error('a listener that fails');
    },
  };
  protected override process(args: JobArgs): unknown {
    return run(this, args);
  }
}
