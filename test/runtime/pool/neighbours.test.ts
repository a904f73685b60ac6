import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  JobEvent,
  type PoolOptions,
  type ProcessPool,
  RetryStrategy,
  SharedArray,
  Worker,
} from 'mproc-worker';
import { afterAll, describe, expect, test } from 'vitest';
import { poolsOf } from '../cli/looked-at.js';
import { Errands } from './bundled.worker.js';
import { Echo, type End, EndProcess } from './jobs.worker.js';
import { Meet } from './meeting.worker.js';
import { Deaf, Innocent, Patient, ThrowLater } from './neighbours.worker.js';
import { provePool, until } from './prove-pool.js';

const folder = mkdtempSync(join(tmpdir(), 'mproc-neighbours-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
function newFile(): string {
  files += 1;
  const file = join(folder, `${files}`);
  writeFileSync(file, '');
  return file;
}
const linesOf = (file: string) => readFileSync(file, 'utf8').split('\n').length - 1;

/** One process, which has to run jobs side by side. */
function proveShared(body: (pool: ProcessPool) => Promise<void>, options: PoolOptions = {}): Promise<void> {
  return provePool({ processes: 1, concurrency: 4, killTimeoutMs: 50, ...options }, async (pool) => {
    await pool.run(new Echo(), 0);
    await body(pool);
  });
}

/** A worker whose module waits while a file is there, and then does something. */
function loadsBadly(wish: Record<string, string>): Worker<unknown, unknown> {
  const url = new URL('./loads-badly.mjs', import.meta.url);
  for (const [name, value] of Object.entries(wish)) url.searchParams.set(name, value);
  class LoadsBadly extends Worker<unknown, unknown> {
    static override readonly module = url.href;
    protected override process(): unknown {
      throw new Error('this runs in a child');
    }
  }
  return new LoadsBadly();
}

/** A gate that keeps a module from being loaded to its end. */
class Gate {
  readonly file = newFile();
  /** Processes that have come to it. */
  get loads(): number {
    return readdirSync(folder).filter((name) => join(folder, name).startsWith(`${this.file}.`)).length;
  }
  open(): void {
    rmSync(this.file);
  }
}

type Cause = [string, (pool: ProcessPool) => Promise<{ ok: boolean; error?: unknown }>, object];
const ending =
  (end: End): Cause[1] =>
  (pool) =>
    pool.run(new EndProcess(), end);

/** How a job can end its process by itself, and what it is told then. */
const DEATHS: Cause[] = [
  ['exits', ending({ how: 'exit', code: 3 }), { code: 'ERR_PROCESS_CRASHED', exitCode: 3 }],
  ['exits with 0', ending({ how: 'exit', code: 0 }), { code: 'ERR_PROCESS_CRASHED' }],
  ['aborts', ending({ how: 'abort' }), { code: 'ERR_PROCESS_CRASHED', signal: 'SIGABRT' }],
  [
    'crashes',
    ending({ how: 'signal', signal: 'SIGSEGV' }),
    { code: 'ERR_PROCESS_CRASHED', signal: 'SIGSEGV' },
  ],
  [
    'is killed',
    ending({ how: 'signal', signal: 'SIGKILL' }),
    { code: 'ERR_PROCESS_CRASHED', signal: 'SIGKILL' },
  ],
  ['throws where nobody catches', ending({ how: 'throw' }), { code: 'ERR_PROCESS_CRASHED', exitCode: 1 }],
  ['rejects where nobody awaits', ending({ how: 'reject' }), { code: 'ERR_PROCESS_CRASHED', exitCode: 1 }],
];
/** How the pool ends a process because of a job in it. */
const KILLS: Cause[] = [
  ['is out of time', (pool) => pool.run(new Deaf(), {}, { timeoutMs: 60 }), { code: 'ERR_JOB_TIMEOUT' }],
  [
    'is canceled',
    async (pool) => {
      const file = newFile();
      const call = pool.map(new Deaf(), [{ file }], { onSubmit: ({ jobId }) => void cancelWhenBegun(jobId) });
      const cancelWhenBegun = async (jobId: string) => {
        await until(() => linesOf(file) === 1);
        pool.cancel(jobId);
      };
      return (await call)[0]!;
    },
    { code: 'ERR_JOB_CANCELED' },
  ],
  [
    'is aborted',
    async (pool) => {
      const file = newFile();
      const abort = new AbortController();
      const call = pool.run(new Deaf(), { file }, { signal: abort.signal });
      void until(() => linesOf(file) === 1).then(() => abort.abort());
      return call.then(
        (response) => response,
        (error) => ({ ok: false, error }),
      );
    },
    { name: 'AbortError' },
  ],
];

describe('beside a module that is being loaded, a job that', () => {
  test.each([...DEATHS, ...KILLS])('%s hurts itself alone', (_name, end, expected) =>
    proveShared(async (pool) => {
      const gate = new Gate();
      const loading = pool.run(loadsBadly({ gate: gate.file }), 'loaded');
      await until(() => gate.loads === 1);
      const response = await end(pool);
      expect(response.ok).toBe(false);
      expect(response.error).toMatchObject(expected);
      await until(() => gate.loads === 2);
      gate.open();
      expect(await loading).toMatchObject({ ok: true, body: 'loaded', attempts: { length: 1 } });
    }),
  );

  test('runs out of memory hurts itself alone', () =>
    proveShared(
      async (pool) => {
        const gate = new Gate();
        const loading = pool.run(loadsBadly({ gate: gate.file }), 'loaded');
        await until(() => gate.loads === 1);
        const response = await pool.run(new EndProcess(), { how: 'memory' });
        expect(response.error).toMatchObject({ code: 'ERR_PROCESS_CRASHED', signal: 'SIGABRT' });
        gate.open();
        expect(await loading).toMatchObject({ ok: true, body: 'loaded', attempts: { length: 1 } });
      },
      { execArgv: ['--max-old-space-size=30'] },
    ));

  test('ends its process again and again does not keep it from being loaded: it gets a process to itself', () =>
    proveShared(async (pool) => {
      const gate = new Gate();
      const other = new Gate();
      const loads = [loadsBadly({ gate: gate.file }), loadsBadly({ gate: other.file })].map((worker) =>
        pool.run(worker, 'loaded'),
      );
      await until(() => gate.loads === 1 && other.loads === 1);
      for (let count = 2; count <= 3; count += 1) {
        expect((await pool.run(new EndProcess(), { how: 'exit', code: 3 })).error).toMatchObject({
          exitCode: 3,
        });
        await until(() => gate.loads + other.loads >= (count === 2 ? 4 : 5));
      }
      // One of the two has the process now; this one waits until both have had it.
      const last = pool.run(new EndProcess(), { how: 'exit', code: 4 });
      gate.open();
      other.open();
      for (const load of loads) expect(await load).toMatchObject({ ok: true, body: 'loaded' });
      expect((await last).error).toMatchObject({ code: 'ERR_PROCESS_CRASHED', exitCode: 4 });
    }));
});

test('what jobs leave behind is not held against a module that is loaded after them', () =>
  provePool({ processes: 2 }, async (pool) => {
    for (let round = 0; round < 5; round += 1) {
      const gate = new Gate();
      const kept = newFile();
      await pool.map(new ThrowLater(), [kept, kept, kept, kept]);
      const loading = pool.run(loadsBadly({ gate: gate.file }), 'loaded');
      await until(() => gate.loads === 1);
      const { spawned } = pool.stats();
      rmSync(kept);
      await until(() => pool.stats().spawned > spawned && gate.loads >= 1);
      gate.open();
      expect(await loading).toMatchObject({ ok: true, body: 'loaded', attempts: { length: 1 } });
    }
  }));

describe('a module that ends its process while it is loaded', () => {
  test.each(['exit', 'segv', 'uncaught', 'throw'])('by %s is told of, and other calls go on', (end) =>
    proveShared(async (pool) => {
      const gate = new Gate();
      const loading = pool.run(loadsBadly({ gate: gate.file }), 'loaded');
      await until(() => gate.loads === 1);
      const bad = pool.run(loadsBadly({ end }), 'never');
      const refused = expect(bad).rejects.toMatchObject({ code: 'ERR_MODULE_LOAD' });
      // A module that throws leaves the process as it is.
      await until(() => gate.loads === (end === 'throw' ? 1 : 2));
      gate.open();
      await refused;
      expect(await loading).toMatchObject({ ok: true, body: 'loaded', attempts: { length: 1 } });
    }),
  );
});

describe('beside a job that runs, one that', () => {
  test.each(KILLS)('%s costs it nothing', (_name, end, expected) =>
    proveShared(async (pool) => {
      using arrived = SharedArray.allocate('Int32Array', 1);
      const waiting = pool.run(new Meet(), { arrived, goesOnAt: 3 });
      await until(() => Atomics.load(arrived.values, 0) === 1);
      expect((await end(pool)).error).toMatchObject(expected);
      await until(() => Atomics.load(arrived.values, 0) === 2);
      Atomics.add(arrived.values, 0, 1);
      expect(await waiting).toMatchObject({ ok: true, attempts: { length: 1 } });
    }),
  );

  test.each(DEATHS)(
    '%s fails the attempts of both, as nobody can tell whose doing it was',
    (_name, end, expected) =>
      proveShared(async (pool) => {
        using arrived = SharedArray.allocate('Int32Array', 1);
        const retried = new Meet();
        retried.retryStrategy = new RetryStrategy({ maxRetries: 1 });
        const both = [new Meet(), retried].map((worker) => pool.run(worker, { arrived, goesOnAt: 3 }));
        await until(() => Atomics.load(arrived.values, 0) === 2);
        expect((await end(pool)).error).toMatchObject(expected);
        const [once, again] = await Promise.all(both);
        expect(once).toMatchObject({
          ok: false,
          error: { code: 'ERR_PROCESS_CRASHED' },
          attempts: { length: 1 },
        });
        expect(again).toMatchObject({ ok: true, attempts: { length: 2 } });
      }),
  );

  test('is ended by the pool again and again starts it three times at most', () =>
    proveShared(async (pool) => {
      const file = newFile();
      const innocent = pool.run(new Innocent(), { file, ms: 600 });
      let isOver = false;
      void innocent.then(() => {
        isOver = true;
      });
      let neighbours = 0;
      while (!isOver && neighbours < 50) {
        await pool.run(new Deaf(), {}, { timeoutMs: 60 });
        neighbours += 1;
      }
      expect(await innocent).toMatchObject({ ok: true, body: 'done', attempts: { length: 1 } });
      expect(linesOf(file)).toBeLessThanOrEqual(3);
    }));

  test('is ended by the pool, and is canceled before it begins again, has failed: its listeners know of its start', () =>
    proveShared(
      async (pool) => {
        const file = newFile();
        const told: string[] = [];
        const worker = new Innocent();
        for (const event of [JobEvent.Start, JobEvent.Canceled, JobEvent.Failed])
          worker.addListener(event, () => void told.push(event));
        const innocent = pool.run(worker, { file, ms: 600_000 });
        await until(() => linesOf(file) === 1);
        await pool.pause(Innocent);
        await pool.run(new Deaf(), {}, { timeoutMs: 60 });
        // It is answered before its process has ended.
        await pool.run(new Echo(), 1);
        pool.cancel(innocent.jobId);
        expect(await innocent).toMatchObject({ error: { code: 'ERR_JOB_CANCELED' } });
        expect(told).toEqual([JobEvent.Start, JobEvent.Failed]);
      },
      { spares: 0 },
    ));

  describe('and has a process kept for it', () => {
    /** One that runs alone from now on, and a process that is kept for it while something else runs there. */
    async function keepProcess(pool: ProcessPool, other: () => Promise<unknown>) {
      const begun = newFile();
      const innocent = pool.run(new Innocent(), { file: begun, ms: 600_000 });
      await pool.run(new Deaf(), {}, { timeoutMs: 60 });
      await until(() => linesOf(begun) === 2);
      await pool.pause(Innocent);
      const { restarts } = pool.stats();
      await pool.run(new Deaf(), {}, { timeoutMs: 60 });
      // It is answered before its process has ended.
      await until(() => pool.stats().restarts.stopped > restarts.stopped);
      await other();
      await pool.resume(Innocent);
      return { innocent, begun };
    }
    const areReady = () =>
      poolsOf({ pid: process.pid }).every(({ processes }) =>
        processes.every(({ state }) => state === 'idle'),
      );

    test.skipIf(process.platform !== 'linux')('which dies, and a spare takes its place', () =>
      proveShared(
        async (pool) => {
          const file = newFile();
          let deaf: Promise<unknown> | undefined;
          const { innocent, begun } = await keepProcess(pool, async () => {
            await until(() => pool.stats().processes === 2 && areReady());
            deaf = pool.run(new Deaf(), { file }, { timeoutMs: 500 });
            await until(() => linesOf(file) > 0);
          });
          await deaf;
          await until(() => linesOf(begun) === 3);
          pool.cancel(innocent.jobId);
          expect(await innocent).toMatchObject({ error: { code: 'ERR_JOB_CANCELED' } });
        },
        { spares: 1 },
      ),
    );

    test('which ends what it runs when it has just been given back', () =>
      proveShared(
        async (pool) => {
          const [file, gate] = [newFile(), newFile()];
          let patient: Promise<unknown> | undefined;
          const { innocent, begun } = await keepProcess(pool, async () => {
            patient = pool.run(new Patient(), { file, until: gate });
            await until(() => linesOf(file) > 0);
            await sleep(850);
          });
          await sleep(1_005);
          // The process takes no other job while it is kept: that this one ends says that it is not kept any more. It has been
          // kept for as long as it may; what the pool looks at each second comes before it may be kept again.
          await pool.run(new Echo(), 1);
          rmSync(gate);
          await patient;
          await until(() => linesOf(begun) === 3);
          pool.cancel(innocent.jobId);
          expect(await innocent).toMatchObject({ error: { code: 'ERR_JOB_CANCELED' } });
        },
        { spares: 0 },
      ));
  });

  test('has a process to itself leaves the other processes to the others', () =>
    provePool({ processes: 2, concurrency: 4, killTimeoutMs: 50 }, async (pool) => {
      using arrived = SharedArray.allocate('Int32Array', 1);
      // One process has a job that waits for what is to come, and so it is never free.
      const waiting = pool.run(new Meet(), { arrived, goesOnAt: 10 });
      await until(() => Atomics.load(arrived.values, 0) === 1);
      const files = Array.from({ length: 3 }, newFile);
      const innocents = files.map((file) => pool.run(new Innocent(), { file, ms: 400 }));
      await Promise.all([
        ...innocents,
        ...Array.from({ length: 12 }, () => pool.run(new Deaf(), {}, { timeoutMs: 60 })),
      ]);
      for (const innocent of innocents) expect(await innocent).toMatchObject({ ok: true, body: 'done' });
      for (const file of files) expect(linesOf(file)).toBeLessThanOrEqual(3);
      Atomics.add(arrived.values, 0, 10);
      expect(await waiting).toMatchObject({ ok: true });
    }));

  test('is ended by the pool costs small jobs that share a slot nothing', () =>
    proveShared(async (pool) => {
      const worker = new Errands();
      const numbers = Array.from({ length: 3_000 }, (_, at) => at);
      await pool.map(worker, numbers);
      const deaf = Array.from({ length: 3 }, () => pool.run(new Deaf(), {}, { timeoutMs: 60 }));
      for (let round = 0; round < 20; round += 1) {
        const given = numbers.map((at) => (at % 500 === 7 ? ({ do: 'wait' } as const) : at));
        const responses = await pool.map(worker, given);
        expect(responses.map(({ body, attempts }) => [body, attempts.length])).toEqual(
          given.map((value) => [typeof value === 'number' ? value : 'waited', 1]),
        );
      }
      for (const response of await Promise.all(deaf))
        expect(response.error).toMatchObject({ code: 'ERR_JOB_TIMEOUT' });
    }));
});
