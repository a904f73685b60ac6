// A call over a durable queue whose caller is killed again and again: the last one has every answer.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Adapter, MissingServer, makeAdapter } from '../../../bench/queues/make-adapter.js';
import { buildProgram } from '../../../scripts/built-program.js';
import { type Host, startHost } from '../cluster/host-process.js';
import type { Measured } from '../figure.js';
import type { Random } from '../fuzz/random.js';
import { seeded } from '../seeded.js';

export const goal =
  'a call with a name whose caller is killed again and again gives one right response for each argument, in order, and runs again only what a killed caller had at work; at full size 20 kills for each engine';
export const sizes = {
  smoke: { jobs: 300, rounds: 2 },
  reduced: { jobs: 1_000, rounds: 5 },
  full: { jobs: 4_000, rounds: 20 },
};

const ENGINES = ['sqlite', 'postgres', 'redis', 'bullmq', 'nats', 'rabbitmq'];
const KNOW_NO_KEYS = ['nats', 'rabbitmq'];
/** Jobs of 5 ms that a caller has at work or has taken ahead, with two processes: of each one, and five that wait for it. */
const AT_WORK = 12;
/** Jobs that it may have put without having written that down; where the engine knows no keys they run twice. */
const PUT_AT_ONCE = 64;
const CALLER = new URL('../batch/caller.ts', import.meta.url);
const GIVE_UP_MS = 5 * 60_000;

interface Size {
  readonly jobs: number;
  readonly rounds: number;
  readonly seed?: number | undefined;
}

export async function run({ jobs, rounds, seed }: Size): Promise<Measured> {
  const random = seeded(seed);
  const figures: Record<string, Measured> = {};
  const skipped: string[] = [];
  const program = await buildProgram(CALLER);
  for (const engine of process.env.QUEUE_ENGINES?.split(',') ?? ENGINES) {
    const adapter = await makeAdapter(engine);
    try {
      figures[engine] = await measure(engine, adapter, program, jobs, rounds, random);
    } catch (error) {
      if (!(error instanceof MissingServer)) throw error;
      skipped.push(engine);
    } finally {
      adapter.remove();
    }
  }
  const notHere = skipped.length > 0 ? { notOnThisMachine: skipped } : {};
  return {
    seed: random.seed,
    jobs,
    kills: rounds,
    ...figures,
    ...notHere,
    ok: Object.values(figures).every(({ ok }) => ok),
  };
}

async function measure(
  engine: string,
  adapter: Adapter,
  program: string,
  jobs: number,
  kills: number,
  random: Random,
): Promise<Measured> {
  const server = await adapter.startServer();
  const ledger = join(adapter.folder, 'ledger');
  writeFileSync(ledger, '');
  const environment = {
    [adapter.variable]: server.url,
    QUEUE_MODULE: adapter.module,
    QUEUE_EXPORT: 'benchQueue',
    LEDGER: ledger,
    JOBS: String(jobs),
    BATCH: 'kill-me',
  };
  try {
    const began = performance.now();
    const start = (): Host =>
      startHost({ inside: () => [] }, '', { program, project: process.cwd() }, environment);
    for (let kill = 1; kill <= kills; kill += 1) await killOne(start(), (jobs * kill) / (kills + 1), random);
    const last = start();
    const { responses, right } = (await inTime(last.until((fact) => fact.responses !== undefined))) ?? {};
    const { code } = await last.exited;
    const seconds = (performance.now() - began) / 1_000;
    const ran = readFileSync(ledger, 'utf8').trim().split('\n');
    const runTwice = ran.length - new Set(ran).size;
    const mayRunTwice = kills * (AT_WORK + (KNOW_NO_KEYS.includes(engine) ? PUT_AT_ONCE : 0));
    const ok = code === 0 && responses === jobs && right === jobs && runTwice <= mayRunTwice;
    return { responses, right, runTwice, seconds, ok };
  } finally {
    await server.remove();
  }
}

/** Half of them at a time that nobody has chosen, which may be while it starts, or reads what others have left. */
async function killOne(caller: Host, atMost: number, random: Random): Promise<void> {
  const isAny = random.next() < 0.5;
  const enough = isAny ? atMost : random.next() * atMost;
  const far = inTime(caller.until((fact) => Number(fact.done) >= enough));
  await (isAny ? Promise.race([far, sleep(random.next() * 1_500)]) : far);
  caller.kill('SIGKILL');
  await caller.exited;
}

async function inTime<T>(waiting: Promise<T>): Promise<T | undefined> {
  const late = new AbortController();
  try {
    return await Promise.race([waiting, sleep(GIVE_UP_MS, undefined, { signal: late.signal })]);
  } finally {
    late.abort();
  }
}
