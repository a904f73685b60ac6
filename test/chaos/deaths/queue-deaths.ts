import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DEATHS, failpointsOf } from './failpoint-names.js';
import { MortalQueue } from './mortal-queue.js';
import { type Summary, Tally } from './tally.js';

/** Queues side by side, each with those who die in it: a start of a process is not what the next one waits for. */
const LANES = 2;
const VICTIMS_AT_ONCE = 2;
/** Rounds of deaths in one queue, before it has to prove that it is whole. */
const ROUNDS_A_QUEUE = 10;
/** Passed while a queue is made, entered or destroyed: once in the life of a process, or never. */
const IN_LIFE = ['queue.file-made', 'queue.file-linked', 'queue.registering', 'queue.marked-destroyed'];
/** Longer than whoever waits for the lock takes to look for its owner. */
const REPAIR_MS = 150;

/** Who lists all queues of a machine, as `npx mproc web` does, passes by these: a look takes the lock, and repairs. */
const NAME = `private-deaths-${process.pid}`;

const names = failpointsOf('queue');
const IN_REPAIR = names.filter((name) => name.startsWith('queue.repair'));
/** Passed while somebody sleeps. */
const IN_SLEEP = ['queue.ring-due', 'queue.rung'];
const IN_USE = names.filter((name) => ![...IN_REPAIR, ...IN_LIFE, ...IN_SLEEP].includes(name));
/** Where the lock is held. */
const UNDER_LOCK = IN_USE.filter((name) => name !== 'queue.large-value-written');

/** Everybody dies, at every place where a queue can be left half-changed; the others must be able to go on. */
export async function dieInQueue(rounds: number): Promise<Summary> {
  const folder = mkdtempSync(join(tmpdir(), 'mproc-deaths-'));
  const tally = new Tally('queue');
  const batches = Array.from({ length: Math.ceil(rounds / ROUNDS_A_QUEUE) }, (_, at) => at * ROUNDS_A_QUEUE);
  const lanes = Array.from({ length: LANES }, async (_, lane) => {
    const log = join(folder, `log-${lane}`);
    for (let first = batches.shift(); first !== undefined; first = batches.shift()) {
      if (tally.problems.length >= 10) return;
      const all = Array.from({ length: Math.min(ROUNDS_A_QUEUE, rounds - first) }, (_, at) => first + at);
      await dieInOneQueue(all, new MortalQueue(`${NAME}-${first}`, log, tally));
      for (const round of all) {
        await dieInLife(round, `${log}-of-one`, tally);
        await dieInSleep(round, `${log}-of-one`, tally);
      }
    }
  });
  await Promise.all(lanes);
  rmSync(folder, { recursive: true });
  return tally.summary();
}

function deathOf(round: number, at: number): string {
  const deaths = Object.keys(DEATHS);
  const death = deaths[(round + at) % deaths.length]!;
  // A full heap takes its time, so it is seldom; `uncaught` ends a process only when what it does is whole.
  return death === 'memory' && round % 25 !== 0 ? 'SIGKILL' : death;
}

/** The same, at once: what it did is left half-done. */
function suddenDeathOf(round: number, at: number): string {
  const death = deathOf(round, at);
  return death === 'uncaught' ? 'SIGSEGV' : death;
}

async function dieInOneQueue(rounds: readonly number[], queue: MortalQueue): Promise<void> {
  queue.hold();
  await dieInUse(rounds, queue);
  for (const round of rounds) await dieInRepair(round, queue);
  await queue.prove();
}

/** The place of this round whose victim is alone in the queue, so that nobody but the next victim repairs after it. */
function alone(round: number): number {
  return IN_USE.indexOf(UNDER_LOCK[round % UNDER_LOCK.length]!);
}

/** Somebody lives through it all, and must be well at the end. */
async function dieInUse(rounds: readonly number[], queue: MortalQueue): Promise<void> {
  const survivor = queue.survivor(rounds[0]!);
  const waiting = rounds.flatMap((round) =>
    IN_USE.flatMap((point, at) => (at === alone(round) ? [] : [{ point, at, round }])),
  );
  const turns = Array.from({ length: VICTIMS_AT_ONCE }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { point, at, round } = next;
      await queue.die(`v${round}.${at}`, point, deathOf(round, at), nthOf(round, at));
    }
  });
  await Promise.all(turns);
  survivor.kill('SIGTERM');
  await queue.mustBeWell(survivor, 'the survivor');
}

function nthOf(round: number, at: number): number {
  return 1 + ((round + at) % 5);
}

/**
 * One dies as it uses the queue, the next while it repairs after the one before. The last repairs and takes its time;
 * another, which waits for the lock meanwhile, is killed. A queue that is made is repaired too.
 */
async function dieInRepair(round: number, queue: MortalQueue): Promise<void> {
  const at = alone(round);
  await queue.die(`u${round}`, IN_USE[at]!, suddenDeathOf(round, at), nthOf(round, at));
  const last = IN_REPAIR.length - 1;
  for (let step = 0; step < last; step += 1)
    await queue.die(`r${round}.${step}`, IN_REPAIR[step]!, suddenDeathOf(round, step), 1);
  const slowly = `${IN_REPAIR[last - 1]}:sleep(${REPAIR_MS})`;
  const death = suddenDeathOf(round, last);
  const repairer = queue.victim(`r${round}.${last}`, `${slowly},${IN_REPAIR[last]}:${death}`);
  await queue.entered(repairer);
  const waiting = queue.victim(`w${round}`, '');
  await queue.entered(waiting);
  await delay(REPAIR_MS / 5);
  waiting.kill('SIGKILL');
  await queue.told(waiting, 'while another repairs', 'SIGKILL');
  await queue.told(repairer, IN_REPAIR[last]!, death);
}

/** Whoever dies while it makes, enters or destroys a queue is in nobody's way. */
async function dieInLife(round: number, log: string, tally: Tally): Promise<void> {
  for (const [at, point] of IN_LIFE.entries()) {
    const queue = new MortalQueue(`${NAME}-${round}-${at}`, log, tally);
    // `uncaught` lets it come to its end, where nothing is half-made.
    const death = deathOf(round, at) === 'uncaught' ? 'abort' : deathOf(round, at);
    await queue.dieInLife(point, death);
    await queue.prove();
  }
}

/** Whoever dies as it wakes one who sleeps. */
async function dieInSleep(round: number, log: string, tally: Tally): Promise<void> {
  const queue = new MortalQueue(`${NAME}-${round}-asleep`, log, tally);
  queue.hold();
  for (const [at, point] of IN_SLEEP.entries())
    await queue.dieBesideSleeper(`s${round}.${at}`, point, suddenDeathOf(round, at));
  await queue.prove();
}
