// A program for g14, some call of which fails. Prints what each step came to, whether all works once nothing fails any more,
// and what is left. Arguments: the scenario, the name of a queue.
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  type JobResponse,
  type Logger,
  type MprocError,
  ProcessPool,
  RetryStrategy,
  SharedArray,
  SharedMemoryQueue,
} from 'mproc-worker';
import { Echo } from '../jobs.worker.mjs';
import { childrenOf } from '../leftovers.js';
import { clean, readCodeCache, writeCodeCache } from './insides.js';
import { Fails, Mortal } from './mortal.worker.mjs';

/** What it prints. */
export interface ScenarioResult {
  /** What each step came to: `ok`, or the code of its error. */
  readonly outcomes: Readonly<Record<string, string>>;
  readonly problem?: string;
  readonly left: Readonly<Record<string, number>>;
}

const [scenario = '', name = ''] = process.argv.slice(2);
const STEP_MS = 60_000;
/** After so long a pool gives back what it has kept for more large values. */
const IDLE_MS = ['pool', 'kept jobs'].includes(scenario) ? 1_100 : 0;
const MIB = 2 ** 20;
const large = { bytes: new Uint8Array(3 * MIB + 5_000).fill(7), text: 'y'.repeat(70_000) };
const outcomes: Record<string, string> = {};
let problem: string | undefined;
let isUnderFault = false;

/** The library looks for these words: see test/native/fail-call.c. */
function tell(word: 'begin' | 'end'): void {
  try {
    accessSync(`mproc-fault:${word}`);
  } catch {
    // There is no such file.
  }
}

async function step(what: string, action: () => unknown): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('hung'), STEP_MS);
  });
  const done = (async () => String((await action()) ?? 'ok'))().catch(({ code, message }: MprocError) =>
    /^(ERR_|ABORT_ERR)/.test(code) ? code : `untyped: ${code} ${message}`,
  );
  outcomes[what] = await Promise.race([done, late]);
  clearTimeout(timer);
}

/** A failed job is an outcome of its call like an error. */
function codeOf({ ok, error }: JobResponse<unknown>): string {
  if (ok) return 'ok';
  if (error.code !== undefined && /^ERR_/.test(error.code)) return error.code;
  throw error;
}

function must(isSo: boolean, what: string): void {
  if (!isSo) problem ??= what;
}

async function poolSteps(prefix: string): Promise<void> {
  let made: ProcessPool | undefined;
  await step(`${prefix}make`, () => {
    made = new ProcessPool({ processes: 2, memoryBytes: 2 * MIB, maxJobsPerProcess: 20 });
  });
  const pool = made as ProcessPool | undefined;
  if (pool === undefined) return;
  await step(`${prefix}run`, async () => codeOf(await pool.run(new Echo(), 1)));
  await step(`${prefix}map`, async () => {
    const responses = await pool.map(new Echo(), [1, 2, 3, 4, 5, 6, 7, 8]);
    for (const [at, response] of responses.entries())
      must(!response.ok || response.body === at + 1, 'a wrong value');
    return responses.map(codeOf).find((code) => code !== 'ok');
  });
  for (const time of ['large', 'large again'])
    await step(`${prefix}${time}`, async () => {
      const response = await pool.run(new Echo(), large);
      if (response.ok)
        must(Buffer.compare((response.body as typeof large).bytes, large.bytes) === 0, 'wrong bytes');
      return codeOf(response);
    });
  await step(`${prefix}array`, async () => {
    const array = SharedArray.from('Int32Array', [1, 2, 3]);
    try {
      return codeOf(await pool.run(new Echo(), array));
    } finally {
      array.close();
    }
  });
  await step(`${prefix}crash`, async () => {
    const mortal = new Mortal();
    mortal.retryStrategy = new RetryStrategy({ maxRetries: 5, type: 'immediately' });
    return codeOf(await pool.run(mortal, `${Date.now()}`));
  });
  await step(`${prefix}destroy`, () => pool.destroy());
}

async function queueSteps(prefix: string, open: () => SharedMemoryQueue<unknown>): Promise<void> {
  let opened: SharedMemoryQueue<unknown> | undefined;
  await step(`${prefix}open`, () => {
    opened = open();
  });
  const queue = opened as SharedMemoryQueue<unknown> | undefined;
  if (queue === undefined) return;
  const taken: string[] = [];
  await step(`${prefix}put`, async () => void (await queue.put(['a', 'b'])));
  await step(`${prefix}put large`, async () => void (await queue.put(large.text.repeat(40))));
  for (const at of [1, 2, 3])
    await step(`${prefix}take ${at}`, async () => {
      const leases = await queue.reserve(1, { waitMs: 100 });
      for (const { id } of leases) taken.push(id);
      must(!leases.some(({ value }) => value === 'held'), 'a lease of a living process was given out');
      const [outcome] = await queue.ack(leases);
      must(outcome !== 'lost', 'a lease of this process was lost');
    });
  await step(`${prefix}wait`, async () => {
    const waiting = queue.reserve(1, { waitMs: 5_000 });
    await queue.put('woken').catch(() => {});
    const leases = await waiting;
    await queue.nack(leases);
  });
  await step(`${prefix}look`, async () => {
    await queue.getAll();
    must((await queue.counts()).dead === 0, 'a value was given up');
  });
  await step(`${prefix}close`, () => queue.close());
  must(new Set(taken).size === taken.length, 'a value was taken twice');
}

const folder = mkdtempSync(join(tmpdir(), 'mproc-g14-files-'));
const CODE = Buffer.from('what V8 has compiled');

/** Failed jobs, a trace and what is cached: each into a folder that is not there yet. */
async function keptJobsSteps(prefix: string): Promise<void> {
  const own = join(folder, prefix.trim() || 'now');
  const failed = join(own, 'failed');
  let made: ProcessPool | undefined;
  await step(`${prefix}make`, () => {
    made = new ProcessPool({ processes: 1, keepFailed: { folder: failed, most: 2 }, logger: silent });
  });
  const pool = made as ProcessPool | undefined;
  if (pool === undefined) return;
  for (const time of [1, 2, 3])
    await step(`${prefix}fail ${time}`, async () => {
      const { error, replayFile } = await pool.run(new Fails(), time);
      if (replayFile !== undefined)
        must(JSON.parse(readText(replayFile)).jobId !== undefined, 'no job in a file');
      if (prefix === 'after ') must(replayFile !== undefined, 'a job is not kept');
      if (error?.message !== `fails ${time}`) throw error;
    });
  for (const html of [undefined, join(own, 'trace.html')])
    await step(`${prefix}trace`, async () => {
      const file = join(own, 'trace.json');
      const trace = pool.trace(file, html === undefined ? {} : { html });
      await pool.run(new Echo(), 1);
      await trace.stop();
      must(Array.isArray(JSON.parse(readText(file)).traceEvents), 'no events in a trace');
    });
  const cached = join(own, 'cached', 'code');
  await step(`${prefix}cache`, () => {
    writeCodeCache(cached, CODE, 'edition');
    const read = readCodeCache(cached, 'edition');
    must(read === undefined || CODE.equals(read), 'other code in a cache');
    if (prefix === 'after ') must(read !== undefined, 'nothing is cached');
  });
  await step(`${prefix}destroy`, () => pool.destroy());
  const names = listed(failed);
  must(!names.some((file) => file.endsWith('.partial')), `left ${names}`);
  if (prefix === 'after ') must(names.length === 2, `${names.length} files of failed jobs`);
}

const silent: Logger = { error() {}, warn() {}, info() {}, debug() {} };

/** Not by calls that may be the ones that fail. */
function unharmed<T>(read: () => T): T {
  tell('end');
  try {
    return read();
  } finally {
    if (isUnderFault) tell('begin');
  }
}
const readText = (file: string): string => unharmed(() => readFileSync(file, 'utf8'));
const listed = (path: string): string[] => unharmed(() => (existsSync(path) ? readdirSync(path) : []));

/** Of a process that has ended by now. */
const LEAVE = `
  const { SharedMemoryQueue } = await import('mproc-worker');
  const queue = new SharedMemoryQueue(process.argv[1], { memoryBytes: 2 ** 20 });
  await queue.put(['small', 'x'.repeat(3_000_000)]);
  console.log(process.pid);
  process.exit();`;
const FOLDER = '/dev/shm';
let kept: SharedMemoryQueue<unknown> | undefined;

/** A queue with a large value that this process has open, and what a dead process has left: a queue, a pool's file, a request. */
async function prepareClean(prefix: string): Promise<void> {
  if (kept === undefined) {
    kept = new SharedMemoryQueue('kept', { memoryBytes: MIB });
    await kept.put(['small', large.text.repeat(40)]);
  }
  const left = spawnSync(process.execPath, ['--input-type=module', '-e', LEAVE, `dead-${prefix.trim()}`], {
    encoding: 'utf8',
    cwd: fileURLToPath(new URL('.', import.meta.url)),
  });
  const pid = Number(left.stdout);
  for (const file of [`mproc-${pid}-abc`, `mproc-debug-${pid}`]) writeFileSync(join(FOLDER, file), '');
}

const ofKept = (file: string): boolean => file.includes('kept');

async function cleanSteps(prefix: string): Promise<void> {
  const before = listed(FOLDER).filter(ofKept);
  for (const dryRun of [true, false])
    await step(`${prefix}clean${dryRun ? ', only said' : ''}`, () => {
      const there = dryRun ? listed(FOLDER).length : 0;
      const removed = clean({ dryRun }).filter(({ action }) => action !== 'kept');
      must(!removed.some(({ path }) => ofKept(path)), 'what a living process uses is to be removed');
      if (dryRun) must(listed(FOLDER).length === there, 'something was removed that was only to be said');
    });
  must(listed(FOLDER).filter(ofKept).join() === before.join(), 'a file of a living process is gone');
  if (prefix !== 'after ') return;
  must(listed(FOLDER).every(ofKept), `left ${listed(FOLDER)}`);
  const [, value] = (await kept?.getAll()) ?? [];
  must(value === large.text.repeat(40), 'a large value of a living process is gone');
  await kept?.destroy();
}

const SCENARIOS: Readonly<Record<string, (prefix: string) => Promise<void>>> = {
  'kept jobs': keptJobsSteps,
  clean: cleanSteps,
  pool: (prefix) => poolSteps(prefix),
  'private queue': (prefix) =>
    queueSteps(prefix, () => new SharedMemoryQueue(undefined, { memoryBytes: MIB })),
  'named queue': (prefix) =>
    queueSteps(prefix, () =>
      SharedMemoryQueue.open(name, { memoryBytes: MIB, lockTimeoutMs: 2_000, leaseMs: 60_000 }),
    ),
};

type Held = Readonly<Record<'descriptors' | 'mappings' | 'children' | 'files', number>>;

/** What a pool or a queue may hold: its sockets, pipes, shared memory, and watches. */
function held(): Held {
  const found = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  });
  const mapped = readFileSync('/proc/self/maps', 'latin1').split('\n');
  return {
    descriptors: found.filter((path) => /^(socket|pipe):|\/dev\/shm/.test(path)).length,
    mappings: mapped.filter((line) => line.includes('/dev/shm')).length,
    children: childrenOf().length,
    files: readdirSync('/dev/shm').filter((file) => new RegExp(`^mproc-.*\\b${process.pid}-`).test(file))
      .length,
  };
}

const KINDS = ['descriptors', 'mappings', 'children', 'files'] as const;
/** Nobody holds so little: all looks are taken. */
const NOTHING: Held = { descriptors: -1, mappings: -1, children: -1, files: -1 };

/** Memory that values show goes with the garbage collector. */
async function settle(before: Held): Promise<Held> {
  for (let looks = 0; looks < 40; looks += 1) {
    globalThis.gc?.();
    const now = held();
    if (KINDS.every((key) => now[key] <= before[key])) return now;
    await delay(50);
  }
  return held();
}

process.on('uncaughtException', (error: Error | undefined) => {
  problem = `uncaught: ${error?.stack}`;
});
process.on('unhandledRejection', (error: Error | undefined) => {
  problem = `unhandled: ${error?.stack}`;
});

// What is loaded, opened and kept once, and what is to be compared with.
if (scenario === 'clean') await prepareClean('warm ');
const steps = SCENARIOS[scenario]!;
await steps('warm ');
await delay(IDLE_MS);
const before = await settle(NOTHING);
if (scenario === 'clean') await prepareClean('');
isUnderFault = true;
tell('begin');
await steps('');
isUnderFault = false;
tell('end');
if (process.env.MPROC_FAIL !== undefined) {
  if (scenario === 'clean') await prepareClean('after ');
  await steps('after ');
  const failed = Object.keys(outcomes).filter((what) => what.startsWith('after ') && outcomes[what] !== 'ok');
  must(failed.length === 0, `does not work again: ${failed}`);
}
await delay(IDLE_MS);
const after = await settle(before);
rmSync(folder, { recursive: true });
const left = Object.fromEntries(KINDS.map((key) => [key, after[key] - before[key]]));
const result: ScenarioResult = { outcomes, ...(problem !== undefined && { problem }), left };
console.log(JSON.stringify(result));
process.exit(0);
