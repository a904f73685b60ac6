import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type JobResponse, ProcessPool, RetryStrategy } from 'mproc-worker';
import { Noticed, Quick } from '../jobs.worker.mjs';
import { DEATHS, failpointsOf } from './failpoint-names.js';
import { type Summary, Tally } from './tally.js';

const PRELOAD = fileURLToPath(new URL('../programs/ticket.mjs', import.meta.url));
const JOBS = 24;
const LARGE_BYTES = 600_000;
/** Jobs that are done at once, many of which are in the hands of one process. */
const QUICK_INPUTS = Array.from({ length: 512 }, (_, number) => number);
/** Others have none, so that jobs go through all the while: when every process dies, the module is held to be the cause. */
const TICKETS_AT_ONCE = 3;
const PROCESSES = 5;
/** Between two calls: whoever is to die while it sleeps must come to sleep, and whoever starts needs the processor. */
const PAUSE_MS = 8;
const HUNG_AFTER_MS = 60_000;
/** Some jobs fail once, so that there are notices; some are large, so that there are large values. */
const INPUTS = Array.from({ length: JOBS }, (_, number) => ({
  number,
  bytes: Buffer.alloc(number % 8 === 1 ? LARGE_BYTES : 10, number),
}));
interface Input {
  readonly number: number;
  readonly bytes: Buffer;
}
interface Workers {
  readonly noticed: Noticed;
  readonly quick: Quick;
}

/** Passed once in the life of a child; elsewhere it is the first, second or third time that kills. */
const PASSED_ONCE = ['pool.booting', 'pool.serving', 'pool.loading'];

/**
 * Where a child may die while it loads a module: two such deaths, and no job done between them, and the module is held to
 * be the cause. So no two of them follow each other, and a whole start, in which the others do jobs, lies between. All but
 * `pool.loading` are such places only for an uncaught error, which comes when the stack has ended.
 */
const WHILE_LOADING = ['pool.loading', 'pool.idle', 'pool.serving', 'pool.before-take', 'pool.taken'];

/** As many tickets as there are at once hold `pool.loading` or others of those, and not both. */
function points(): string[] {
  const all = failpointsOf('pool');
  const others = all.filter((name) => !WHILE_LOADING.includes(name));
  const start = (group: number): number => Math.round((group * others.length) / WHILE_LOADING.length);
  return WHILE_LOADING.flatMap((name, at) => [name, ...others.slice(start(at), start(at + 1))]);
}

/** Who dies where of what: each failpoint in turn, each time of the next death. */
function* tickets(rounds: number): Generator<string, void> {
  const deaths = Object.keys(DEATHS);
  for (let round = 0; round < rounds; round += 1)
    for (const [at, point] of points().entries()) {
      const wanted = deaths[(round + at) % deaths.length]!;
      // A full heap takes its time: where the job runs, and nowhere else.
      const death = wanted === 'memory' && !(point === 'pool.in-job' || round === 0) ? 'SIGKILL' : wanted;
      const nth = PASSED_ONCE.includes(point) ? 1 : 1 + (round % 3);
      yield `${point}:${death}:${nth}`;
    }
}

/** Children of one pool die one after another, each at a place of its own, while jobs go through. */
export async function dieInPool(
  rounds: number,
): Promise<Summary & { readonly calls: number; readonly responses: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'mproc-tickets-'));
  const coming = tickets(rounds);
  const tally = new Tally('pool');
  const { problems } = tally;
  let given = 0;
  let calls = 0;
  let lastDeathAt = performance.now();
  let isOver = false;
  const give = (): void => {
    const next = coming.next();
    if (next.done) return;
    // A ticket is there whole or not at all, as a child may look this moment.
    writeFileSync(join(folder, 'unfinished'), next.value);
    renameSync(join(folder, 'unfinished'), join(folder, `ticket-${String(given).padStart(6, '0')}`));
    given += 1;
  };
  const pool = new ProcessPool({
    processes: PROCESSES,
    execArgv: ['--import', PRELOAD, '--max-old-space-size=48'],
    env: { ...process.env, MPROC_TEST_TICKETS: folder },
  });
  pool.on('exit', ({ pid, exitCode, signal }) => {
    if (isOver) return;
    if (retired.delete(pid)) return;
    const plan = takenBy(folder, pid);
    if (plan === undefined) return void problems.push(`${pid} died without a ticket: ${signal ?? exitCode}`);
    const [point = '', death = ''] = plan.split(':');
    tally.died(point, death, exitCode, signal);
    lastDeathAt = performance.now();
    give();
  });
  const retired = new Set<number>();
  const retire = (pid: number): void => {
    retired.add(pid);
    process.kill(pid, 'SIGKILL');
  };
  const workers = { noticed: new Noticed(), quick: new Quick() };
  for (const worker of Object.values(workers))
    worker.retryStrategy = new RetryStrategy({ maxRetries: Number.POSITIVE_INFINITY });
  const wanted = rounds * failpointsOf('pool').length;
  try {
    problems.push(...(await problemsOfCalls(pool, workers)));
    for (let at = 0; at < TICKETS_AT_ONCE; at += 1) give();
    // Whoever lives has no ticket: the first that die are killed for it.
    for (const pid of pool.stats().pids.slice(0, TICKETS_AT_ONCE)) retire(pid);
    while (tally.deaths < wanted && problems.length < 10) {
      problems.push(...(await problemsOfCalls(pool, workers)));
      calls += 1;
      if (performance.now() - lastDeathAt > HUNG_AFTER_MS) {
        problems.push(`nobody dies any more; open: ${openPlans(folder).join()}`);
        break;
      }
      await delay(PAUSE_MS);
    }
    isOver = true;
    problems.push(...(await problemsOfCalls(pool, workers)));
  } catch (error) {
    problems.push(`rejected: ${(error as Error).stack}`);
  } finally {
    isOver = true;
    await pool.destroy();
    rmSync(folder, { recursive: true });
  }
  return { ...tally.summary(), calls, responses: calls * (JOBS + QUICK_INPUTS.length) };
}

function takenBy(folder: string, pid: number): string | undefined {
  try {
    return readFileSync(join(folder, `taken-${pid}`), 'utf8');
  } catch {
    return undefined;
  } finally {
    rmSync(join(folder, `taken-${pid}`), { force: true });
  }
}

function openPlans(folder: string): string[] {
  return readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
}

/** What calls over all inputs have done wrong. */
async function problemsOfCalls(pool: ProcessPool, { noticed, quick }: Workers): Promise<string[]> {
  return [
    ...(await problemsOfCall(pool.map(noticed, INPUTS), problemsOf)),
    ...(await problemsOfCall(pool.map(quick, QUICK_INPUTS), problemsOfQuick)),
  ];
}

async function problemsOfCall<Result>(
  call: Promise<JobResponse<Result>[]>,
  problemsOf: (responses: readonly JobResponse<Result>[]) => string[],
): Promise<string[]> {
  const giveUp = new AbortController();
  const hung = delay(HUNG_AFTER_MS, 'hung' as const, { signal: giveUp.signal });
  // It is given up when the call is answered.
  hung.catch(() => {});
  try {
    const responses = await Promise.race([call, hung]);
    if (responses === 'hung') return [`a call was not answered within ${HUNG_AFTER_MS} ms`];
    return problemsOf(responses);
  } finally {
    giveUp.abort();
  }
}

function problemsOf(responses: readonly JobResponse<Input>[]): string[] {
  if (responses.length !== JOBS) return [`${responses.length} responses`];
  const wrong = responses.findIndex(
    ({ ok, index, body }, at) =>
      !(ok && index === at && body.number === at && body.bytes.equals(INPUTS[at]!.bytes)),
  );
  return wrong === -1 ? [] : [`response ${wrong}: ${responses[wrong]!.error?.stack ?? 'wrong body'}`];
}

function problemsOfQuick(responses: readonly JobResponse<number>[]): string[] {
  const wrong = QUICK_INPUTS.findIndex((number) => responses[number]?.body !== number);
  return wrong === -1 ? [] : [`quick response ${wrong}: ${responses[wrong]?.error?.stack ?? 'wrong body'}`];
}
