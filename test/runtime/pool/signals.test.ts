import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ProcessPool, SharedMemoryQueue, sharedMemoryQueue, Worker } from 'mproc-worker';
import { describe, expect, test } from 'vitest';
import { Echo } from './jobs.worker.js';
import { lives, provePool, until } from './prove-pool.js';

const PROGRAM = fileURLToPath(new URL('./signalled-program.mjs', import.meta.url));

/** What the program serves: a record names a class, and whoever serves it has a class of that name. */
class Pid extends Worker<number, number> {
  static override readonly module = new URL('../../chaos/jobs.worker.mjs', import.meta.url).href;
  protected override process(): number {
    throw new Error('it runs elsewhere');
  }
}

/** The program when the jobs of all its pools run. */
async function start(
  how: 'soon' | 'never' | 'serve',
  { pools = 1, detached = false, space = '', by = [] as string[], from = '' } = {},
) {
  const [command = '', ...args] = [...by, process.execPath, PROGRAM, how, String(pools), space, from];
  const program = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached,
  });
  let said = '';
  program.stdout!.on('data', (chunk) => {
    said += chunk;
  });
  const lines = (start: string) =>
    said
      .split('\n')
      .flatMap((line) => (line.startsWith(`${start} `) ? [JSON.parse(line.slice(start.length))] : []));
  await until(() => lines('pids').length === pools);
  return { program, pids: lines('pids').flat() as number[], ends: () => lines('ended') };
}

async function endOf(program: ChildProcess): Promise<NodeJS.Signals | number | null> {
  if (program.exitCode === null && program.signalCode === null) await once(program, 'exit');
  return program.signalCode ?? program.exitCode;
}

describe('with the option signals', () => {
  test.each(['SIGTERM', 'SIGHUP'] as const)(
    '%s lets jobs finish that run, settles the others, and ends the program by itself',
    async (signal) => {
      const { program, pids, ends } = await start('soon');
      program.kill(signal);
      expect(await endOf(program)).toBe(signal);
      const [end] = ends();
      // Each of the fifty has its response: those that ran have ended, and no other was begun.
      expect(end).toMatchObject({
        answers: 50,
        given: end.succeeded,
        kinds: 1,
        code: 'ERR_POOL_CLOSED',
        failed: 0,
        message: expect.stringContaining(signal),
      });
      expect(end.succeeded).toBeGreaterThanOrEqual(2);
      expect(end.succeeded).toBeLessThan(50);
      await until(() => !pids.some(lives));
    },
  );

  test('SIGINT to the whole group does the same: the processes leave it to the parent', async () => {
    const { program, pids, ends } = await start('soon', { detached: true });
    process.kill(-program.pid!, 'SIGINT');
    // As `tsx` or `npm` does, which the terminal has told, too.
    program.kill('SIGINT');
    expect(await endOf(program)).toBe('SIGINT');
    expect(ends()).toMatchObject([{ code: 'ERR_POOL_CLOSED', failed: 0 }]);
    expect(ends()[0].succeeded).toBeGreaterThanOrEqual(2);
    await until(() => !pids.some(lives));
  });

  test('a second one ends everything at once, though jobs never end', async () => {
    const { program, pids, ends } = await start('never');
    program.kill('SIGTERM');
    // One that comes sooner is the same one, passed on.
    await delay(400);
    expect(pids.filter(lives)).toEqual(pids);
    program.kill('SIGTERM');
    expect(await endOf(program)).toBe('SIGTERM');
    expect(ends()).toMatchObject([{ code: 'ERR_POOL_CLOSED' }]);
    await until(() => !pids.some(lives));
  });

  test('the program ends when the last of its pools has', async () => {
    const { program, pids, ends } = await start('soon', { pools: 2 });
    expect(pids).toHaveLength(4);
    program.kill('SIGTERM');
    expect(await endOf(program)).toBe('SIGTERM');
    expect(ends()).toHaveLength(2);
    await until(() => !pids.some(lives));
  });

  test('a program that serves a queue takes nothing more, finishes what it has taken, and leaves the rest to others', async () => {
    const space = `signals-${process.pid}`;
    const queues = (name: string, options: { leaseMs: number; maxAttempts: number }) =>
      sharedMemoryQueue()(`${space}.${name}`, options);
    const asking = new ProcessPool({ processes: 1, queues });
    for (let job = 0; job < 60; job += 1) await asking.submit(new Pid(), 50);
    await asking.close();
    const { program, pids, ends } = await start('serve', { space });
    program.kill('SIGTERM');
    expect(await endOf(program)).toBe('SIGTERM');
    const [{ answered }] = ends();
    expect(answered).toBeLessThan(60);
    await until(() => !pids.some(lives));
    const queue = SharedMemoryQueue.open(`${space}.jobs.Pid`);
    expect(await queue.counts()).toEqual({ ready: 60 - answered, delayed: 0, leased: 0, dead: 0 });
    const [lease] = await queue.reserve(1);
    expect(lease?.attempt).toBe(1);
    await queue.destroy();
  });

  test('a pool that has ended leaves signals as they were, and one with another listener does not end the program', async () => {
    const before = process.listenerCount('SIGUSR2');
    const mine = () => {};
    process.on('SIGUSR2', mine);
    await provePool({ signals: ['SIGUSR2'] }, async (pool) => {
      expect(process.listenerCount('SIGUSR2')).toBe(before + 2);
      const call = pool.map(
        new Echo(),
        (async function* () {
          for (;;) yield await delay(5);
        })(),
      );
      process.kill(process.pid, 'SIGUSR2');
      // What an input has not given has no response: it might never end.
      for (const response of await call)
        if (!response.ok) expect(response.error).toMatchObject({ code: 'ERR_POOL_CLOSED' });
      await pool.close();
    });
    expect(process.listenerCount('SIGUSR2')).toBe(before + 1);
    process.off('SIGUSR2', mine);
  });
});

/** Makes its program the first process of a pid namespace, as a container does. */
const CONTAINER = ['unshare', '--user', '--map-root-user', '--pid', '--fork', '--mount-proc', '--kill-child'];
const canContain = spawnSync(CONTAINER[0]!, [...CONTAINER.slice(1), 'true']).status === 0;

test.runIf(canContain)(
  'a signal ends the first process of a container, which no signal ends by itself',
  async () => {
    const { program, ends } = await start('soon', { by: CONTAINER, from: 'self' });
    expect(await endOf(program)).toBe(128 + constants.signals.SIGTERM);
    expect(ends()).toMatchObject([{ answers: 50, code: 'ERR_POOL_CLOSED' }]);
  },
);

test('without it a pool hears no signals, and names that are none are refused', async () => {
  const before = process.listenerCount('SIGTERM');
  const pool = new ProcessPool(1);
  expect(process.listenerCount('SIGTERM')).toBe(before);
  await pool.destroy();
  for (const signals of ['SIGTERM', ['SIGKILL'], ['SIGNOTHING'], [15]])
    expect(() => new ProcessPool({ signals: signals as never })).toThrow(
      /option signals must be names of signals/,
    );
});
