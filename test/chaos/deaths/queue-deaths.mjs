import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SharedMemoryQueue } from 'mproc-worker';
import { DEATHS, diedAsTold, failpointsOf } from './failpoint-names.mjs';
import { problemsOfLog } from './law-of-logs.mjs';

const CHURN = fileURLToPath(new URL('../programs/churn.mjs', import.meta.url));
const OPTIONS = { leaseMs: 2_000, maxAttempts: 50, memoryBytes: 2 ** 20 };
const VICTIMS_AT_ONCE = 3;
/** Enough for any place to be passed; a victim that comes to their end has not died. */
const ROUNDS = '300';
const HUNG_AFTER_MS = 30_000;
/** Rounds of deaths in one queue, before it has to prove that it is whole. */
const ROUNDS_A_QUEUE = 5;
/** Passed while a queue is made, entered or destroyed: once in the life of a process, or never. */
const IN_LIFE = ['queue.file-made', 'queue.file-linked', 'queue.registering', 'queue.marked-destroyed'];

const names = failpointsOf('queue');
const IN_REPAIR = names.filter((name) => name.startsWith('queue.repair'));
const IN_USE = names.filter((name) => !IN_REPAIR.includes(name) && !IN_LIFE.includes(name));

/** Everybody else dies, at every place where a queue can be left half-changed; the others must be able to go on. */
export async function dieInQueue(rounds) {
  const folder = mkdtempSync(join(tmpdir(), 'mproc-deaths-'));
  const counted = { deaths: 0, problems: [] };
  for (let first = 0; first < rounds && counted.problems.length < 10; first += ROUNDS_A_QUEUE) {
    const batch = new Batch(`deaths-${process.pid}-${first}`, join(folder, 'log'), counted);
    for (let round = first; round < Math.min(rounds, first + ROUNDS_A_QUEUE); round += 1) {
      await batch.dieInUse(round);
      await batch.dieInRepair(round);
      await batch.dieWhileAnotherRepairs(round);
      await dieInLife(round, join(folder, 'log-of-one'), counted);
    }
    await batch.prove();
  }
  rmSync(folder, { recursive: true });
  return { failpoints: names.length, ...counted };
}

function deathOf(round, at) {
  const deaths = Object.keys(DEATHS);
  const death = deaths[(round + at) % deaths.length];
  // A full heap takes its time, so it is seldom; `uncaught` ends a process only when what it does is whole.
  return death === 'memory' && round % 25 !== 0 ? 'SIGKILL' : death;
}

/** One queue, and those who use it and die. */
class Batch {
  constructor(name, log, counted) {
    this.name = name;
    this.log = log;
    this.counted = counted;
    this.killed = new Set();
  }

  start(prefix, failpoint, rounds = ROUNDS) {
    return churn(this.name, this.log, prefix, failpoint, rounds);
  }

  /** Runs a process that is to die, and sees that it does so as it was told. */
  async die(prefix, point, death, nth) {
    const victim = this.start(prefix, `${point}:${death}:${nth}`);
    this.killed.add(victim.pid);
    await this.told(victim, point, death);
  }

  async told(victim, point, death) {
    const { exitCode, signal } = await endOf(victim);
    this.counted.deaths += 1;
    if (!diedAsTold(death, exitCode, signal))
      this.counted.problems.push(`${point}:${death} ended with ${signal ?? exitCode}`);
  }

  async dieInUse(round) {
    const survivor = this.start(`survivor${round}`, '', '1000000');
    const waiting = IN_USE.map((point, at) => [
      `v${round}.${at}`,
      point,
      deathOf(round, at),
      1 + ((round + at) % 5),
    ]);
    const turns = Array.from({ length: VICTIMS_AT_ONCE }, async () => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await this.die(...next);
    });
    await Promise.all(turns);
    survivor.kill('SIGTERM');
    const { exitCode, signal } = await endOf(survivor);
    if (exitCode !== 0) this.counted.problems.push(`the survivor ended with ${signal ?? exitCode}`);
  }

  /** One dies with the lock, the next while it repairs after the one before. A queue that is made is repaired too. */
  async dieInRepair(round) {
    await this.die(`r${round}`, 'queue.put-published', 'SIGKILL', 3);
    for (const [at, point] of IN_REPAIR.entries()) {
      // `uncaught` lets the repair come to its end: there would be nothing to repair for the next.
      const death = deathOf(round, at) === 'uncaught' ? 'SIGSEGV' : deathOf(round, at);
      await this.die(`r${round}.${at}`, point, death, 1);
    }
  }

  /** One repairs and takes its time; another, which waits for the lock, is killed. */
  async dieWhileAnotherRepairs(round) {
    await this.die(`x${round}`, 'queue.lock-held', 'SIGKILL', 4);
    const repairer = this.start(`repairer${round}`, 'queue.repair-freed:sleep(150)', '3');
    const waiting = this.start(`waiting${round}`, '');
    this.killed.add(waiting.pid);
    while (!hasOpened(waiting.pid, this.name) && waiting.exitCode === null) await delay(2);
    await delay(20);
    waiting.kill('SIGKILL');
    await this.told(waiting, 'while another repairs', 'SIGKILL');
    const { exitCode, signal } = await endOf(repairer);
    if (exitCode !== 0) this.counted.problems.push(`the repairer ended with ${signal ?? exitCode}`);
  }

  /** What is left is taken by a living process; then nothing may be lost, and everything must be free. */
  async prove() {
    const { problems } = this.counted;
    const queue = SharedMemoryQueue.open(this.name, OPTIONS);
    try {
      const left = new Set();
      await queue.dead.requeue();
      while (await holdsAnything(queue)) {
        const leases = await queue.reserve(64, { waitMs: 500 });
        for (const { value } of leases) {
          if (left.has(value[0])) problems.push(`${value[0]} came twice`);
          left.add(value[0]);
        }
        if ((await queue.ack(leases)).includes('lost')) problems.push('a lease was lost');
        await queue.dead.requeue();
      }
      problems.push(...problemsOfLog(this.log, this.killed, left));
      const [room, whole] = [await roomIn(queue), await roomOfNewQueue()];
      if (room !== whole) problems.push(`${whole - room} of ${whole} units are not free`);
    } finally {
      await queue.destroy();
      rmSync(this.log, { force: true });
    }
    const files = filesOf(this.name);
    if (files.length > 0) problems.push(`left: ${files.join()}`);
  }
}

/** Whoever dies while it makes, enters or destroys a queue is in nobody's way. */
async function dieInLife(round, log, counted) {
  for (const [at, point] of IN_LIFE.entries()) {
    const batch = new Batch(`deaths-${process.pid}-${round}-${at}`, log, counted);
    // `uncaught` lets it come to its end, where nothing is half-made.
    const death = deathOf(round, at) === 'uncaught' ? 'abort' : deathOf(round, at);
    const victim = churn(batch.name, log, 'life', `${point}:${death}`, '1', 'destroy');
    batch.killed.add(victim.pid);
    await batch.told(victim, point, death);
    const { exitCode } = await endOf(batch.start('after', '', '2'));
    if (exitCode !== 0) counted.problems.push(`after ${point}: nobody can use the queue, ${exitCode}`);
    // Of a dead maker an unfinished file may be left, which `mproc clean` removes.
    for (const file of filesOf(batch.name))
      if (file.includes(`~new${victim.pid}-`)) rmSync(`/dev/shm/${file}`);
    await batch.prove();
  }
}

function churn(name, log, prefix, failpoint, rounds, end = '') {
  return spawn(process.execPath, ['--max-old-space-size=48', CHURN, name, log, prefix, rounds, end], {
    env: { ...process.env, MPROC_FAILPOINT: failpoint },
    stdio: 'ignore',
  });
}

async function endOf(child) {
  const giveUp = setTimeout(() => child.kill('SIGKILL'), HUNG_AFTER_MS);
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  clearTimeout(giveUp);
  return { exitCode: child.exitCode, signal: child.signalCode };
}

function hasOpened(pid, name) {
  try {
    return readFileSync(`/proc/${pid}/maps`, 'latin1').includes(`mproc-q-${name}`);
  } catch {
    return false;
  }
}

/** Asked in one look: between two, what a dead process had leased becomes ready, and neither would see it. */
async function holdsAnything(queue) {
  const { ready, delayed, leased } = await queue.counts();
  return ready + delayed + leased > 0;
}

/** How many small values fit in. */
async function roomIn(queue) {
  let count = 0;
  for (let batch = 256; batch >= 1; ) {
    try {
      await queue.put(Array(batch).fill(0));
      count += batch;
    } catch (error) {
      if (error.code !== 'ERR_QUEUE_FULL') throw error;
      batch /= 2;
    }
  }
  await queue.clear();
  return count;
}

let room;
async function roomOfNewQueue() {
  if (room !== undefined) return room;
  const queue = new SharedMemoryQueue(undefined, OPTIONS);
  room = await roomIn(queue);
  await queue.destroy();
  return room;
}

function filesOf(name) {
  return readdirSync('/dev/shm').filter(
    (file) => file === `mproc-q-${name}` || file.startsWith(`mproc-q-${name}~`),
  );
}
