import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SharedMemoryQueue } from 'mproc-worker';
import { endsWhileItGoesOn, totalBytes } from '../goes-on.js';
import { type Census, census, leftSince } from '../left-behind.js';
import type { Random } from '../random.js';
import type { Report } from '../report.js';
import type { Round } from '../round.js';
import { Actor, type Numbered } from './actor.js';
import { ActorProcess } from './actor-process.js';
import { filesOf, removeUnfinished } from './files.js';
import { handOver, takeRemaining, Waiter } from './finale.js';
import { problemsOf } from './law.js';
import { type Done, Log, readLog } from './log.js';
import { drawSettings, type QueueSettings } from './settings.js';

const MOST_KILLS = 6;
const MOST_STOPS = 8;
/** Actors that do not end hang. */
const HANGS_MS = 60_000;

let before: Census | undefined;

/** Loads what a process loads once, so that it does not count as left behind. */
async function warmUp(): Promise<Census> {
  for (const name of [undefined, `fuzz-${process.pid}-warm`]) {
    const queue = new SharedMemoryQueue(name);
    await queue.reserve(1, { waitMs: 10 });
    await queue.destroy();
  }
  return census();
}

/** One queue: used by random programs, judged by what they wrote down, drained and destroyed. */
export const round: Round = async (random, report) => {
  const settings = drawSettings(random.derive('settings'));
  report.did(JSON.stringify(settings));
  before ??= await warmUp();
  const folder = mkdtempSync(join(tmpdir(), 'mproc-fuzz-'));
  try {
    await (settings.name === undefined
      ? privateRound(settings, random, report, folder)
      : namedRound(settings, random, report, folder));
    removeUnfinished(settings.name);
    const left = await leftSince(before);
    if (left !== '') report.problem(`left behind: ${left}`);
    const files = filesOf(settings.name);
    if (files.length > 0) report.problem(`left in shared memory: ${files.join(', ')}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

async function privateRound(
  settings: QueueSettings,
  random: Random,
  report: Report,
  folder: string,
): Promise<void> {
  const file = join(folder, 'log 0');
  const log = new Log(file, 0);
  const actor = new Actor(settings, 0, log);
  try {
    await usePrivate(actor, settings, random, report, file);
  } finally {
    log.close();
  }
}

async function usePrivate(
  actor: Actor,
  settings: QueueSettings,
  random: Random,
  report: Report,
  file: string,
): Promise<void> {
  const running = actor.run(random.derive('actor 0'));
  if (settings.isDestroyedSoon) {
    await sleep(random.below(100));
    await actor.destroy();
    return mustEnd(running, [file], report);
  }
  const waiter = random.chance(0.3) ? new Waiter(actor.queue, random.derive('waiter'), report) : undefined;
  await mustEnd(running, [file], report);
  await waiter?.end();
  const remaining = await takeRemaining(actor.queue, settings, report);
  await handOver(actor.queue, settings, random, report);
  judge(settings, [file], new Map(), [...remaining, ...(waiter?.ns ?? [])], report);
  await actor.destroy();
}

/** @param files that actors write down what they do */
async function mustEnd(ending: Promise<unknown>, files: readonly string[], report: Report): Promise<void> {
  if (!(await endsWhileItGoesOn(ending, () => totalBytes(files), HANGS_MS, report)))
    report.problem(`actors did not end, and did nothing for ${HANGS_MS} ms`);
}

async function namedRound(
  settings: QueueSettings,
  random: Random,
  report: Report,
  folder: string,
): Promise<void> {
  const queue = new SharedMemoryQueue<Numbered>(settings.name, settings.options);
  const actors: ActorProcess[] = [];
  const start = () => {
    const number = actors.length;
    const file = join(folder, `log ${number}`);
    writeFileSync(file, '');
    const { seed } = random.derive(`actor ${number}`);
    actors.push(new ActorProcess(number, settings, seed, file, report));
  };
  for (let at = 0; at < settings.actors; at += 1) start();
  const disturbing = disturb(settings, actors, random.derive('faults'), start);
  if (settings.isDestroyedSoon) {
    await sleep(random.below(500));
    await queue.destroy();
    await disturbing;
    await endOf(actors, report);
    // One that came later may have made it anew.
    return SharedMemoryQueue.open(settings.name!, settings.options).destroy();
  }
  const waiter = random.chance(0.3) ? new Waiter(queue, random.derive('waiter'), report) : undefined;
  await disturbing;
  await endOf(actors, report);
  await waiter?.end();
  const remaining = await takeRemaining(queue, settings, report);
  await handOver(queue, settings, random, report);
  const deaths = new Map(actors.flatMap(({ number, diedUs }) => (diedUs ? [[number, diedUs]] : [])));
  const files = actors.map(({ file }) => file);
  judge(settings, files, deaths, [...remaining, ...(waiter?.ns ?? [])], report);
  await queue.destroy();
}

async function endOf(actors: readonly ActorProcess[], report: Report): Promise<void> {
  const files = actors.map(({ file }) => file);
  await mustEnd(Promise.all(actors.map(({ ended }) => ended)), files, report);
  for (const { lives, file, number } of actors) if (lives) tellOpen(file, number, report);
  for (const actor of actors) actor.kill();
}

function tellOpen(file: string, number: number, report: Report): void {
  const open = readLog(file, number).filter(({ to }) => to === Number.POSITIVE_INFINITY);
  report.did(`actor ${number} is at: ${JSON.stringify(open).slice(0, 500)}`);
}

/** Kills and stops actors; who is killed has a successor. */
async function disturb(
  { killEveryMs, stopEveryMs }: QueueSettings,
  actors: readonly ActorProcess[],
  random: Random,
  start: () => void,
): Promise<void> {
  const living = () => actors.filter(({ lives }) => lives);
  const repeat = async (ms: number, most: number, own: Random, act: (actor: ActorProcess) => unknown) => {
    for (let times = 0; times < most; times += 1) {
      await sleep(2 * ms * own.next());
      const candidates = living();
      if (candidates.length === 0) return;
      await act(own.pick(candidates));
    }
  };
  const kills = repeat(killEveryMs ?? 0, killEveryMs ? MOST_KILLS : 0, random.derive('kills'), (actor) => {
    actor.kill();
    start();
  });
  const stopping = random.derive('stops');
  const stops = repeat(stopEveryMs ?? 0, stopEveryMs ? MOST_STOPS : 0, stopping, (actor) =>
    actor.stop(stopping),
  );
  await Promise.all([kills, stops]);
}

function judge(
  settings: QueueSettings,
  files: readonly string[],
  deaths: ReadonlyMap<number, number>,
  remaining: readonly number[],
  report: Report,
): void {
  const operations: Done[] = files.flatMap((file, actor) => readLog(file, actor));
  report.count('operations', operations.length);
  const { leaseMs = 30_000, maxAttempts = 3 } = settings.options;
  const isCalm = !settings.killEveryMs && !settings.stopEveryMs && !('reopen' in settings.operations);
  const own = remaining.filter((n) => n >= 0);
  const evidence = { operations, remaining: own, leaseUs: leaseMs * 1_000, maxAttempts, deaths, isCalm };
  for (const problem of problemsOf(evidence)) report.problem(problem);
}
