// Every way in which the pool calls code of the user: makes a call that leads to it, with `of.hit` as that code.
import { JobEvent, RetryStrategy, SharedMemoryQueue } from 'mproc-worker';
import { Constructed, Failing, Quick, Slow } from './workers.mjs';

const LARGE_BYTES = 3 * 1024 * 1024;
const FEW = [1, 2, 3, 4];
const QUEUE_BYTES = 1024 * 1024;

const run = (of, worker, args, options = {}) =>
  of.owe('run', of.pool.run(worker, args, { signal: of.controller.signal, ...options }));
const map = (of, worker, inputs, options = {}) =>
  of.owe('map', of.pool.map(worker, inputs, { ...of.call, ...options }));
const quick = (of) => {
  run(of, new Quick(), 1);
  map(of, new Quick(), FEW);
};

function onPoolEvent(name, lead) {
  return (of) => {
    of.pool.on(name, of.hit);
    lead(of);
  };
}

const killChild = (of) => {
  quick(of);
  const pid = of.pool.stats().pids[0];
  if (pid > 0) process.kill(pid, 'SIGKILL');
};

function onJobEvent(event, lead, listener = (of) => of.hit) {
  return (of) => lead(of, (worker) => worker.addListener(event, listener(of)));
}

const succeed = (of, heard) => {
  run(of, heard(new Quick()), 1);
  map(of, heard(new Quick()), FEW);
};
const fail = (of, heard) => {
  run(of, heard(new Failing()), 1);
  map(of, heard(new Failing()), FEW);
};
const retry = (of, heard) => {
  const worker = heard(new Failing());
  worker.retryStrategy = new RetryStrategy({ maxRetries: 2, type: 'immediately' });
  run(of, worker, 1);
  map(of, worker, FEW);
};
const cancel = (of, heard) => {
  const { jobId } = run(of, heard(new Slow()), 60_000);
  of.pool.cancel(jobId);
};
const timeOut = (of) => run(of, new Slow(), 60_000, { timeoutMs: 20, onProgress: of.hit });

function iterator({ onNext = () => {}, onReturn = () => {} }, count = 6) {
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
const sync = (on) => ({ [Symbol.iterator]: () => iterator(on) });
const async = (on) => ({
  [Symbol.asyncIterator]() {
    const { next, return: end } = iterator(on);
    return { next: async () => next(), return: async () => end() };
  },
});
const endlessly = (onReturn, is) => ({
  [is]: () => ({
    next: () => ({ done: false, value: 1 }),
    return: () => {
      onReturn();
      return {};
    },
  }),
});

function read(of, inputs) {
  const responses = of.pool.imap(new Quick(), inputs, of.call);
  of.owe('imap', responses.next());
  return responses;
}

const withGetter = (of, more = {}) =>
  Object.defineProperty({ ...more }, 'got', { enumerable: true, get: () => of.hit() });

const failToListen = (of) => {
  const worker = new Quick().addListener(JobEvent.Success, () => {
    throw new Error('of the listener');
  });
  run(of, worker, 1);
  map(of, worker, FEW);
};

/** An adapter whose every method calls back first. */
function adapter(of) {
  return (_name, options) => {
    if (of.hears('factory')) of.hit();
    const queue = new SharedMemoryQueue(undefined, { ...options, memoryBytes: QUEUE_BYTES });
    return new Proxy(queue, {
      get(target, key) {
        const value = target[key];
        if (typeof value !== 'function') return value;
        return (...args) => {
          if (of.hears(key)) of.hit();
          return value.apply(target, args);
        };
      },
    });
  };
}

const onAdapter = (method) => ({
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

export const callbacks = {
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
  observer: onJobEvent(JobEvent.Success, succeed, (of) => ({ notify: of.hit })),
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
    const responses = read(of, endlessly(of.hit, Symbol.iterator));
    of.owe('return', responses.return());
  },
  'return of an asynchronous input': (of) => {
    const responses = read(of, endlessly(of.hit, Symbol.asyncIterator));
    of.owe('return', responses.return());
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
      return {
        results: new Proxy(results, {
          get(target, key) {
            const value = target[key];
            if (typeof value !== 'function') return value;
            return (...args) => {
              if (key === 'put') of.hit();
              return value.apply(target, args);
            };
          },
        }),
      };
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
    process.once('mproc-inside', of.hit);
    quick(of);
    setTimeout(() => process.emit('mproc-inside'), 5);
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
      for await (const response of responses) of.hit(response);
    };
    of.owe('for await', loop());
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
]);
