import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type MprocError, SharedMemoryQueue } from 'mproc-worker';
import { problemsOfLog } from './law-of-logs.js';
import type { Tally } from './tally.js';

const CHURN = fileURLToPath(new URL('../programs/churn.mjs', import.meta.url));
const OPTIONS = { leaseMs: 2_000, maxAttempts: 50, memoryBytes: 2 ** 20 };
/** Enough for any place to be passed; a victim that comes to their end has not died. */
const ROUNDS = '300';
/** More than a survivor has time for. */
const ENDLESS = '1000000';
/** It is there all the while, and leaves the processors to those who die. */
const SURVIVORS_PAUSE_MS = '5';
const HUNG_AFTER_MS = 60_000;

/** One queue, and those who use it and die. */
export class MortalQueue {
  readonly #killed = new Set<number | undefined>();
  /** Names of the values that this process has taken and acknowledged. */
  readonly #taken = new Set<unknown>();
  readonly #name: string;
  readonly #log: string;
  readonly #tally: Tally;
  #holder: SharedMemoryQueue<unknown> | undefined;

  /** @param tally where deaths and problems are counted */
  constructor(name: string, log: string, tally: Tally) {
    this.#name = name;
    this.#log = log;
    this.#tally = tally;
    // Who dies early writes nothing.
    writeFileSync(log, '');
  }

  #start(prefix: string, failpoint: string, ...how: string[]): ChildProcess {
    return spawn(
      process.execPath,
      ['--max-old-space-size=48', CHURN, this.#name, this.#log, prefix, ...how],
      { env: { ...process.env, MPROC_FAILPOINT: failpoint }, stdio: 'ignore' },
    );
  }

  /** Somebody who is not to come to its end. */
  victim(prefix: string, failpoint: string, end?: string): ChildProcess {
    const victim = this.#start(prefix, failpoint, ...(end === undefined ? [ROUNDS] : ['1', '1', end]));
    this.#killed.add(victim.pid);
    return victim;
  }

  /** This process has it open from now on, and does nothing in it: what nobody has open, `mproc clean` may remove. */
  hold(): void {
    this.#holder = SharedMemoryQueue.open(this.#name, OPTIONS);
  }

  survivor(number: number): ChildProcess {
    return this.#start(`survivor${number}`, '', ENDLESS, SURVIVORS_PAUSE_MS);
  }

  /** Runs a process that is to die, and sees that it does so as it was told. */
  async die(prefix: string, point: string, death: string, nth: number): Promise<void> {
    await this.told(this.victim(prefix, `${point}:${death}:${nth}`), point, death);
  }

  /** The same, of one who makes the queue, uses it and destroys it; then it is used by this process. */
  async dieInLife(point: string, death: string): Promise<void> {
    const victim = this.victim('life', `${point}:${death}`, 'destroy');
    await this.told(victim, point, death);
    // Of a dead maker an unfinished file may be left, which `mproc clean` removes.
    for (const file of this.#files()) if (file.includes(`~new${victim.pid}-`)) rmSync(`/dev/shm/${file}`);
    const queue = SharedMemoryQueue.open(this.#name, OPTIONS);
    await queue.put([['after', '']]);
    const leases = await queue.reserve(64);
    if (!leases.some(({ value }) => nameOf(value) === 'after'))
      this.#tally.problems.push(`after ${point} a value that was put cannot be reserved`);
    await queue.nack(leases);
    await queue.close();
  }

  /** The same, of one who puts values while this process sleeps until there are some: the next value must wake it. */
  async dieBesideSleeper(prefix: string, point: string, death: string): Promise<void> {
    const { problems } = this.#tally;
    const queue = SharedMemoryQueue.open(this.#name, OPTIONS);
    const last = `${prefix}:last`;
    const sleeping = (async () => {
      while (!this.#taken.has(last)) {
        const leases = await queue.reserve(64, { waitMs: HUNG_AFTER_MS });
        if (leases.length === 0) return void problems.push(`at ${point} who sleeps was not woken`);
        for (const { value } of leases) this.#taken.add(nameOf(value));
        await queue.ack(leases);
      }
    })();
    await this.told(this.victim(prefix, `${point}:${death}`), point, death);
    const other = SharedMemoryQueue.open(this.#name, OPTIONS);
    await other.put([[last, '']]);
    await sleeping;
    await other.close();
    await queue.close();
  }

  async told(victim: ChildProcess, point: string, death: string): Promise<void> {
    const { exitCode, signal } = await endOf(victim);
    this.#tally.died(point, death, exitCode, signal);
  }

  async mustBeWell(living: ChildProcess, who: string): Promise<void> {
    const { exitCode, signal } = await endOf(living);
    if (exitCode !== 0) this.#tally.problems.push(`${who} ended with ${signal ?? exitCode}`);
  }

  /** Resolves when a process has the memory of the queue. */
  async entered(living: ChildProcess): Promise<void> {
    while (living.exitCode === null && living.signalCode === null) {
      try {
        if (readFileSync(`/proc/${living.pid}/maps`, 'latin1').includes(`mproc-q-${this.#name}`)) return;
      } catch {
        return;
      }
      await delay(4);
    }
  }

  /** What is left is taken by a living process; then nothing may be lost, and everything must be free. */
  async prove(): Promise<void> {
    const { problems } = this.#tally;
    const queue = SharedMemoryQueue.open(this.#name, OPTIONS);
    try {
      const left = new Set<unknown>(this.#taken);
      await queue.dead.requeue();
      while (await holdsAnything(queue)) {
        const leases = await queue.reserve(64, { waitMs: 500 });
        for (const { value } of leases) {
          if (left.has(nameOf(value))) problems.push(`${nameOf(value)} came twice`);
          left.add(nameOf(value));
        }
        if ((await queue.ack(leases)).includes('lost')) problems.push('a lease was lost');
        await queue.dead.requeue();
      }
      problems.push(...problemsOfLog(this.#log, this.#killed, left));
      const [room, whole] = [await roomIn(queue), await roomOfNewQueue()];
      if (room !== whole) problems.push(`${whole - room} of ${whole} cells are not free`);
    } finally {
      await this.#holder?.close();
      await queue.destroy();
      rmSync(this.#log, { force: true });
    }
    const files = this.#files();
    if (files.length > 0) problems.push(`left: ${files.join()}`);
  }

  #files(): string[] {
    return readdirSync('/dev/shm').filter(
      (file) => file === `mproc-q-${this.#name}` || file.startsWith(`mproc-q-${this.#name}~`),
    );
  }
}

/** A value of `programs/churn.mjs` carries its name first. */
function nameOf(value: unknown): unknown {
  return (value as readonly unknown[])[0];
}

interface End {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

async function endOf(child: ChildProcess): Promise<End> {
  const giveUp = setTimeout(() => child.kill('SIGKILL'), HUNG_AFTER_MS);
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  clearTimeout(giveUp);
  return { exitCode: child.exitCode, signal: child.signalCode };
}

/** Asked in one look: between two, what a dead process had leased becomes ready, and neither would see it. */
async function holdsAnything(queue: SharedMemoryQueue<unknown>): Promise<boolean> {
  const { ready, delayed, leased } = await queue.counts();
  return ready + delayed + leased > 0;
}

/** How many small values fit in. */
async function roomIn(queue: SharedMemoryQueue<unknown>): Promise<number> {
  let count = 0;
  for (let batch = 256; batch >= 1; ) {
    try {
      await queue.put(Array(batch).fill(0));
      count += batch;
    } catch (error) {
      if ((error as MprocError).code !== 'ERR_QUEUE_FULL') throw error;
      batch /= 2;
    }
  }
  await queue.clear();
  return count;
}

let room: Promise<number> | undefined;
async function roomOfNewQueue(): Promise<number> {
  room ??= (async () => {
    const queue = new SharedMemoryQueue(undefined, OPTIONS);
    try {
      return await roomIn(queue);
    } finally {
      await queue.destroy();
    }
  })();
  return room;
}
