// Every way in which the pool calls code of the user: makes a call that leads to it, with `of.hit` as that code.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type BroadcastOptions,
  JobEvent,
  type JobResponse,
  type Listener,
  type MapOptions,
  type Observer,
  type PoolEvents,
  type PoolOptions,
  type ProcessMessage,
  type QueueFactory,
  RetryStrategy,
  type RunningJob,
  type RunOptions,
  SharedMemoryQueue,
  type Worker,
} from 'mproc-worker';
import type { Case } from './case.js';
import { Constructed, Failing, Hears, HearsLate, Loops, Quick, SetsUpBadly, Slow } from './workers.mjs';

const LARGE_BYTES = 3 * 1024 * 1024;
const FEW = [1, 2, 3, 4];
const QUEUE_BYTES = 1024 * 1024;

/** Makes the call that leads to a callback. */
export type Lead = (of: Case) => unknown;

/** A callback that the pool is given when it is made. */
export interface CallbackWithOptions {
  readonly options?: (of: Case) => PoolOptions;
  readonly lead: Lead;
}

type Heard = <W extends Worker<unknown, unknown> | Slow>(worker: W) => W;

const run = <Args, Result>(
  of: Case,
  worker: Worker<Args, Result>,
  args: Args,
  options: RunOptions = {},
): RunningJob<JobResponse<Result>> =>
  of.owe('run', of.pool.run(worker, args, { signal: of.controller.signal, ...options }));
const map = <Args, Result>(
  of: Case,
  worker: Worker<Args, Result>,
  inputs: Iterable<Args> | AsyncIterable<Args>,
  options: MapOptions<Args> & { readonly orThrow?: false } = {},
): Promise<JobResponse<Result>[]> => of.owe('map', of.pool.map(worker, inputs, { ...of.call, ...options }));
const quick: Lead = (of) => {
  run(of, new Quick(), 1);
  map(of, new Quick(), FEW);
};

function onPoolEvent(name: keyof PoolEvents, lead: Lead): Lead {
  return (of) => {
    of.pool.on(name, of.hit);
    lead(of);
  };
}

const killChild: Lead = (of) => {
  quick(of);
  const pid = of.pool.stats().pids[0] ?? 0;
  if (pid > 0) process.kill(pid, 'SIGKILL');
};

type OnEvent = (() => unknown) | Observer;

function onJobEvent(
  event: JobEvent,
  lead: (of: Case, heard: Heard) => unknown,
  listener: (of: Case) => OnEvent = (of) => of.hit,
): Lead {
  return (of) =>
    lead(of, (worker) => {
      worker.addListener(event, listener(of) as Listener & Observer);
      return worker;
    });
}

const succeed = (of: Case, heard: Heard): void => {
  run(of, heard(new Quick()), 1);
  map(of, heard(new Quick()), FEW);
};
const fail = (of: Case, heard: Heard): void => {
  run(of, heard(new Failing()), 1);
  map(of, heard(new Failing()), FEW);
};
const retry = (of: Case, heard: Heard): void => {
  const worker = heard(new Failing());
  worker.retryStrategy = new RetryStrategy({ maxRetries: 2, type: 'immediately' });
  run(of, worker, 1);
  map(of, worker, FEW);
};
const cancel = (of: Case, heard: Heard): void => {
  const { jobId } = run(of, heard(new Slow()), 60_000);
  of.pool.cancel(jobId);
};
const timeOut: Lead = (of) => run(of, new Slow(), 60_000, { timeoutMs: 20, onProgress: of.hit });

interface On {
  readonly onNext?: () => unknown;
  readonly onReturn?: () => unknown;
}

function iterator(
  { onNext = () => {}, onReturn = () => {} }: On,
  count = 6,
): Required<Pick<Iterator<number, undefined>, 'next' | 'return'>> {
  let number = 0;
  return {
    next() {
      onNext();
      number += 1;
      return number > count ? { done: true, value: undefined } : { done: false, value: number };
    },
    return() {
      onReturn();
      return { done: true, value: undefined };
    },
  };
}
const sync = (on: On): Iterable<number> => ({ [Symbol.iterator]: () => iterator(on) });
const async = (on: On): AsyncIterable<number> => ({
  [Symbol.asyncIterator]() {
    const { next, return: end } = iterator(on);
    return { next: async () => next(), return: async () => end() };
  },
});
/** What it returns at its end is no result, as iterators of users may do it. */
function endless(onReturn: () => unknown): Iterator<number, number> {
  return {
    next: () => ({ done: false, value: 1 }),
    return: () => {
      onReturn();
      return {} as IteratorReturnResult<number>;
    },
  };
}
const endlessly = (onReturn: () => unknown): Iterable<number> => ({
  [Symbol.iterator]: () => endless(onReturn),
});
/** Its results are no promises, as iterators of users may do it. */
const endlesslyAsync = (onReturn: () => unknown): AsyncIterable<number> => ({
  [Symbol.asyncIterator]: () => endless(onReturn) as unknown as AsyncIterator<number>,
});

function read(
  of: Case,
  inputs: Iterable<number> | AsyncIterable<number>,
): AsyncIterableIterator<JobResponse<number>> {
  const responses = of.pool.imap(new Quick(), inputs, of.call);
  of.owe('imap', responses.next());
  return responses;
}

const withGetter = (of: Case, more: object = {}): object =>
  Object.defineProperty({ ...more }, 'got', { enumerable: true, get: () => of.hit() });

const failToListen: Lead = (of) => {
  const worker = new Quick().addListener(JobEvent.Success, () => {
    throw new Error('of the listener');
  });
  run(of, worker, 1);
  map(of, worker, FEW);
};

/** An adapter whose every method calls back first. */
function adapter(of: Case): QueueFactory {
  return (_name, options) => {
    if (of.hears('factory')) of.hit();
    const queue = new SharedMemoryQueue(undefined, { ...options, memoryBytes: QUEUE_BYTES });
    return heardQueue(queue, of);
  };
}

/** The same queue, of which those methods call back first that `of.hears`. */
function heardQueue(queue: SharedMemoryQueue<unknown>, of: Case): SharedMemoryQueue<unknown> {
  return new Proxy(queue, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        if (of.hears(key)) of.hit();
        return value.apply(target, args);
      };
    },
  });
}

const onAdapter = (method: string): CallbackWithOptions => ({
  options: (of) => {
    of.hears = (key) => key === method;
    return { queues: adapter(of), leaseMs: 1_000 };
  },
  lead: (of) => {
    quick(of);
    if (method === 'close' || method === 'destroy') of.owe('close() that leads there', of.pool.close());
    if (method === 'extend') run(of, new Slow(), 900);
  },
});

/** A channel tells of every pool of this program: of this one, while the case lasts. */
function onChannel(
  name: string,
  lead: Lead,
  isMeant: (message: ProcessMessage) => boolean = () => true,
): Required<CallbackWithOptions> {
  return {
    options: (of) => {
      const hear = (message: unknown): void => {
        if (isMeant(message as ProcessMessage)) of.hit();
      };
      subscribe(name, hear);
      of.cleanUp = () => unsubscribe(name, hear);
      return {};
    },
    lead,
  };
}

type Stage = 'start' | 'end' | 'asyncStart' | 'asyncEnd' | 'error';

function onJobChannel(stage: Stage, lead: Lead = quick): CallbackWithOptions {
  return onChannel(`tracing:mproc-worker:job:${stage}`, lead);
}

function inFolder(
  options: (folder: string) => PoolOptions,
  lead: (of: Case, folder: string) => unknown,
): CallbackWithOptions {
  let folder = '';
  return {
    options: (of) => {
      folder = mkdtempSync(join(tmpdir(), 'mproc-inside-'));
      of.cleanUp = () => rmSync(folder, { recursive: true, force: true });
      return options(folder);
    },
    lead: (of) => lead(of, folder),
  };
}

const broadcast = (
  of: Case,
  workerClass: typeof Hears | typeof HearsLate,
  message: unknown,
  options?: BroadcastOptions,
): Promise<unknown> => of.owe('broadcast', of.pool.broadcast(workerClass, message, options));
const then = (of: Case, promise: Promise<unknown>): void => void of.owe('then', promise.then(of.hit, of.hit));

/** Of this process: events of the program's own, of which its types know nothing. */
const events = (): EventEmitter => process;

export const callbacks: Readonly<Record<string, Lead | CallbackWithOptions>> = {
  'event spawn': onPoolEvent('spawn', killChild),
  'event exit': onPoolEvent('exit', killChild),
  'event response': onPoolEvent('response', quick),
  'event idle': onPoolEvent('idle', (of) => {
    quick(of);
    setTimeout(() => of.controller.abort(), 30);
  }),
  'event close': onPoolEvent('close', (of) => void of.owe('close() that leads there', of.pool.close())),
  'onProgress of run': (of) => void run(of, new Slow(), 5, { onProgress: of.hit }),
  'onProgress of map': (of) => void map(of, new Slow(), [5, 5, 5], { onProgress: of.hit }),
  'onProgress of a job with a time limit': timeOut,
  onSubmit: (of) =>
    void map(of, new Quick(), FEW, {
      onSubmit: ({ jobId }) => {
        of.jobIds.add(jobId);
        of.hit();
      },
    }),
  'listener of start': onJobEvent(JobEvent.Start, succeed),
  'listener of running': onJobEvent(JobEvent.Running, succeed),
  'listener of success': onJobEvent(JobEvent.Success, succeed),
  'listener of retry': onJobEvent(JobEvent.Retry, retry),
  'listener of failed': onJobEvent(JobEvent.Failed, fail),
  'listener of canceled': onJobEvent(JobEvent.Canceled, cancel),
  observer: onJobEvent(JobEvent.Success, succeed, (of) => ({ notify: () => void of.hit() })),
  'asynchronous listener of retry': onJobEvent(JobEvent.Retry, retry, (of) => async () => {
    await null;
    of.hit();
  }),
  'listener that throws': onJobEvent(JobEvent.Success, succeed, (of) => () => {
    of.hit();
    throw new Error('of the listener');
  }),
  'constructor of a listener’s view': (of) => {
    const worker = new Constructed().addListener(JobEvent.Success, () => {});
    Constructed.onConstruct = of.hit;
    run(of, worker, 1);
    map(of, worker, FEW);
  },
  'next of an input': (of) => void map(of, new Quick(), sync({ onNext: of.hit })),
  'next of an input of imap': (of) => void read(of, sync({ onNext: of.hit })),
  'next of an asynchronous input': (of) => void map(of, new Quick(), async({ onNext: of.hit })),
  'return of an input': (of) => {
    const responses = read(of, endlessly(of.hit));
    of.owe('return', responses.return!());
  },
  'return of an asynchronous input': (of) => {
    const responses = read(of, endlesslyAsync(of.hit));
    of.owe('return', responses.return!());
  },
  'getter of Symbol.iterator': (of) =>
    void map(of, new Quick(), {
      get [Symbol.iterator]() {
        of.hit();
        return Array.prototype[Symbol.iterator].bind(FEW);
      },
    }),
  'decide of a strategy': (of) => {
    const worker = new Failing();
    worker.retryStrategy = {
      decide({ attempt }) {
        of.hit();
        return attempt < 3 ? { action: 'immediately' } : { action: 'fail' };
      },
    };
    run(of, worker, 1);
    map(of, worker, FEW);
  },
  'getter of small arguments': (of) => {
    run(of, new Quick(), withGetter(of));
    map(of, new Quick(), [withGetter(of), withGetter(of)]);
  },
  'getter of large arguments': (of) => {
    const bytes = Buffer.alloc(LARGE_BYTES);
    run(of, new Quick(), withGetter(of, { bytes }));
    map(of, new Quick(), [withGetter(of, { bytes }), withGetter(of, { bytes })]);
  },
  'getter of a worker’s field': (of) => {
    const worker = Object.defineProperty(new Quick(), 'field', {
      enumerable: true,
      get: () => of.hit(),
    });
    for (const call of [() => run(of, worker, 1), () => map(of, worker, FEW)]) call();
  },
  logger: (of) => {
    of.hearLogger();
    failToListen(of);
  },
  'logger that throws': (of) => {
    of.hearLogger(() => {
      throw new Error('of the logger');
    });
    failToListen(of);
  },
  'abort listener before the call’s': (of) => {
    of.controller.signal.addEventListener('abort', of.hit);
    run(of, new Slow(), 60_000);
    map(of, new Slow(), [60_000]);
    setTimeout(() => of.controller.abort(), 20);
  },
  'abort listener after the call’s': (of) => {
    run(of, new Slow(), 60_000);
    map(of, new Slow(), [60_000]);
    of.controller.signal.addEventListener('abort', of.hit);
    setTimeout(() => of.controller.abort(), 20);
  },
  'put of a results queue': {
    options: (of) => {
      const results = new SharedMemoryQueue(undefined, { memoryBytes: QUEUE_BYTES });
      of.cleanUp = () => results.close();
      of.hears = (key) => key === 'put';
      return { results: heardQueue(results, of) };
    },
    lead: quick,
  },
  'factory of queues': {
    options: (of) => {
      of.hears = (key) => key === 'factory';
      return { queues: adapter(of), leaseMs: 1_000 };
    },
    lead: quick,
  },
  'put of a queue': onAdapter('put'),
  'reserve of a queue': onAdapter('reserve'),
  'ack of a queue': onAdapter('ack'),
  'extend of a queue': onAdapter('extend'),
  'close of a queue': onAdapter('close'),
  'destroy of a queue': onAdapter('destroy'),
  'event of the process': (of) => {
    events().once('mproc-inside', of.hit);
    quick(of);
    setTimeout(() => events().emit('mproc-inside'), 5);
  },
  'signal of the process': (of) => {
    process.once('SIGUSR2', of.hit);
    quick(of);
    process.kill(process.pid, 'SIGUSR2');
  },
  'asynchronous disposal': (of) => {
    const dispose = async () => {
      await of.pool[Symbol.asyncDispose]();
      of.hit();
    };
    quick(of);
    of.owe('disposal', dispose());
  },
  'continuation of run': (of) => void of.owe('then', run(of, new Quick(), 1).then(of.hit, of.hit)),
  'continuation of map': (of) => void of.owe('then', map(of, new Quick(), FEW).then(of.hit, of.hit)),
  'continuation of imap': (of) => {
    const responses = of.pool.imap(new Quick(), FEW, of.call);
    const loop = async () => {
      for await (const _ of responses) of.hit();
    };
    of.owe('for await', loop());
  },
  'continuation of a broadcast': (of) => then(of, broadcast(of, Hears, { some: 'message' })),
  'continuation of a broadcast that nobody answers': (of) =>
    then(of, broadcast(of, HearsLate, 1, { timeoutMs: 30 })),
  'continuation of a broadcast to a process that dies': (of) => {
    then(of, broadcast(of, HearsLate, 1, { timeoutMs: 60_000 }));
    for (const pid of of.pool.stats().pids) process.kill(pid, 'SIGKILL');
  },
  'getter of a message': (of) => void broadcast(of, Hears, withGetter(of)),
  'continuation of a setup that fails': (of) => then(of, run(of, new SetsUpBadly(), 1)),
  'continuation of a trace': inFolder(
    () => ({}),
    (of, folder) => {
      const trace = of.pool.trace(join(folder, 'trace.json'), { html: join(folder, 'trace.html') });
      quick(of);
      setTimeout(() => then(of, of.owe('stop of the trace', trace.stop())), 10);
    },
  ),
  'event exit, in a traced pool': inFolder(
    () => ({}),
    (of, folder) => {
      of.owe('the trace', of.pool.trace(join(folder, 'trace.json')).stop());
      of.pool.trace(join(folder, 'again.json'));
      onPoolEvent('exit', killChild)(of);
    },
  ),
  'response of a job that is kept': inFolder(
    (folder) => ({ keepFailed: { folder } }),
    (of) => {
      of.pool.on('response', of.hit);
      fail(of, (worker) => worker);
    },
  ),
  'logger of a job that cannot be kept': {
    options: () => ({ keepFailed: { folder: '/proc/nowhere' } }),
    lead: (of) => {
      of.hearLogger();
      fail(of, (worker) => worker);
    },
  },
  'response of a job whose stack is taken': (of) => {
    of.pool.on('response', of.hit);
    run(of, new Loops(), 1, { timeoutMs: 50 });
  },
  'continuation of a call that keeps inputs': (of) =>
    then(of, map(of, new Quick(), FEW, { keepInputs: true })),
  'continuation of a call that throws': (of) =>
    then(of, of.owe('map', of.pool.map(new Failing(), FEW, { ...of.call, orThrow: true }))),
  'channel of jobs, start': onJobChannel('start'),
  'channel of jobs, end': onJobChannel('end'),
  'channel of jobs, asyncStart': onJobChannel('asyncStart'),
  'channel of jobs, asyncEnd': onJobChannel('asyncEnd'),
  'channel of jobs, error': onJobChannel('error', (of) => fail(of, (worker) => worker)),
  'channel of processes, exit': onChannel('mproc-worker:process', killChild, ({ event }) => event === 'exit'),
  'channel of queues': {
    options: (of) => {
      const { options } = onChannel('mproc-worker:queue', quick);
      options(of);
      return {
        leaseMs: 1_000,
        queues: (_name, more) => new SharedMemoryQueue(undefined, { ...more, memoryBytes: QUEUE_BYTES }),
      };
    },
    lead: quick,
  },
  'nextTick, microtask and timers': (of) => {
    quick(of);
    process.nextTick(of.hit);
    queueMicrotask(of.hit);
    setImmediate(of.hit);
    setTimeout(of.hit, 3);
  },
};

/** Those that their calls lead to once: a second time would be waited for in vain, and the action would never be done. */
export const CALLED_ONCE = new Set([
  'event spawn',
  'event exit',
  'event idle',
  'event close',
  'onProgress of run',
  'onProgress of a job with a time limit',
  'listener of canceled',
  'return of an input',
  'return of an asynchronous input',
  'getter of Symbol.iterator',
  'abort listener before the call’s',
  'abort listener after the call’s',
  'close of a queue',
  'destroy of a queue',
  'event of the process',
  'signal of the process',
  'asynchronous disposal',
  'continuation of run',
  'continuation of map',
  'continuation of a broadcast',
  'continuation of a broadcast that nobody answers',
  'continuation of a broadcast to a process that dies',
  'getter of a message',
  'continuation of a setup that fails',
  'continuation of a trace',
  'event exit, in a traced pool',
  // One problem in a row is told once.
  'logger of a job that cannot be kept',
  'response of a job whose stack is taken',
  'continuation of a call that keeps inputs',
  'continuation of a call that throws',
  'channel of processes, exit',
]);
