import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ProcessPool } from 'mproc-worker';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { keyedPrefix } from '../../../runtime/src/pool/remote/queue-names.js';
import { until } from '../pool/prove-pool.js';
import { ENGINES, leftOut, type RunningEngine, startEngine } from '../remote/engines.js';
import { Gated } from '../remote/gated.worker.mjs';
import { type Noted, notedIn } from '../remote/hosts.js';

const PROGRAM = fileURLToPath(new URL('./host.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'mproc-schedules-'));
afterAll(() => rmSync(folder, { recursive: true }));
const EVERY_MS = 400;
/** A host begins the next job while the engine hears of those before it, which takes longer on a busy machine. */
const UNSAID = 4;
/** Their queues know no keys. */
const CANNOT: readonly string[] = ['nats', 'rabbitmq'];
const ABLE = ENGINES.filter((name) => !CANNOT.includes(name));

describe.each(ENGINES)('schedules over %s', (name) => {
  let engine!: RunningEngine;
  let space = '';
  let tests = 0;
  let file = '';
  const ends: (() => Promise<unknown>)[] = [];

  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });
  afterAll(() => engine?.remove());

  /** @returns whether the engine can */
  async function begin(
    context: { skip: (note: string) => void },
    able: readonly string[] = ABLE,
  ): Promise<boolean> {
    tests += 1;
    const why = leftOut(name, tests, able);
    if (why !== undefined) context.skip(why);
    engine ??= await startEngine(name);
    if (engine.missing !== undefined) context.skip(engine.missing);
    space = `ticks-${process.pid}-${tests}`;
    file = join(folder, `${name}-${tests}`);
    for (const queue of ['jobs.Gated', 'schedules', 'turns.tick']) {
      const settings = { leaseMs: 3_000, maxAttempts: 3 };
      ends.push(async () => engine.queuesOf(space)(queue, settings).destroy());
    }
    return !CANNOT.includes(name);
  }

  async function host(options: object, gate?: string) {
    const words = JSON.stringify({ module: engine.module, space, file, gate, options });
    const program = spawn(process.execPath, [PROGRAM, words], {
      env: engine.env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(program, 'exit');
    const end = async (signal: NodeJS.Signals) => {
      program.kill(signal);
      await exited;
    };
    ends.unshift(() => end('SIGKILL'));
    await once(program.stdout!, 'data');
    return { pid: program.pid!, end };
  }

  const noted = (what: Noted['what']) => notedIn(file).filter((one) => one.what === what);
  /** How often each tick's job has ended, from the first that has to the last. */
  function timesOfEach(): number[] {
    const all = noted('ended').map(({ jobId }) => jobId);
    const now = Math.floor(Date.now() / EVERY_MS) * EVERY_MS;
    const ticks = Array.from({ length: 1_000 }, (_, back) => now - back * EVERY_MS).reverse();
    const times = ticks.map((at) => all.filter((id) => id === idOf(at)).length);
    const came = times.slice(times.findIndex((count) => count > 0));
    // Those that were put and not begun are left to other hosts.
    while (came.at(-1) === 0) came.pop();
    return came;
  }
  const idOf = (at: number) => `${keyedPrefix(`schedule\ntick\n${at}`, 'Gated')}.0`;

  test('where the engine cannot tell ticks apart, a schedule is refused', async (context) => {
    if (await begin(context, CANNOT)) return;
    await using pool = new ProcessPool({ processes: 0, queues: engine.queuesOf(space) });
    await expect(pool.schedule('tick', { everyMs: 1_000 }, new Gated(), { n: 1 })).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED',
      message: expect.stringContaining('schedules, which need dedupe'),
    });
    expect(pool.schedules()).toEqual([]);
  });

  test('two hosts have each tick once, though one is killed', async (context) => {
    if (!(await begin(context))) return;
    const options = { everyMs: EVERY_MS, overlap: 'allow' };
    const [first, second] = await Promise.all([host(options), host(options)]);
    await until(() => noted('ended').length >= 5);
    await first.end('SIGKILL');
    const before = noted('began').length;
    // What the killed one had leased comes back when that lease ends; the last ones may lie where nobody serves any more.
    await until(() => {
      const missing = timesOfEach().slice(0, -3).includes(0);
      return noted('ended').length >= before + 10 && !missing;
    });
    await second.end('SIGTERM');
    const came = timesOfEach();
    expect(came.length).toBeGreaterThanOrEqual(12);
    const ended = noted('ended');
    expect(new Set(ended.map(({ jobId }) => jobId)).size).toBe(came.filter((count) => count > 0).length);
    expect(came.slice(0, -3).filter((count) => count === 0)).toEqual([]);
    expect(Math.max(...came)).toBeLessThanOrEqual(2);
    // Killed after its last words, and before it could say so to the engine: what these tell of runs once more.
    const twice = ended.flatMap(({ jobId }, at) =>
      ended.findIndex((one) => one.jobId === jobId) < at ? [jobId] : [],
    );
    const lastWords = ended.filter(({ pid }) => pid === first.pid).slice(-UNSAID);
    expect(lastWords.map(({ jobId }) => jobId)).toEqual(expect.arrayContaining(twice));
  });

  test('skip leaves out the ticks that come while a job of an earlier one runs', async (context) => {
    if (!(await begin(context))) return;
    const gate = `${file}-gate`;
    await Promise.all([host({ everyMs: EVERY_MS }, gate), host({ everyMs: EVERY_MS }, gate)]);
    await until(() => noted('began').length === 1);
    const pool = new ProcessPool({ processes: 0, queues: engine.queuesOf(space) });
    ends.unshift(() => pool.destroy());
    const jobs = engine.queuesOf(space)('jobs.Gated', { leaseMs: 3_000, maxAttempts: 3 });
    ends.unshift(async () => jobs.close());
    const from = Date.now();
    await until(() => Date.now() > from + 5 * EVERY_MS);
    expect(await jobs.counts()).toEqual({ ready: 0, delayed: 0, leased: 1, dead: 0 });
    expect(noted('began')).toHaveLength(1);
    writeFileSync(gate, '');
    await until(() => noted('ended').length >= 3);
  });

  test('queue runs them one after the other, on whichever host', async (context) => {
    if (!(await begin(context))) return;
    const gate = `${file}-gate`;
    const options = { everyMs: EVERY_MS, overlap: 'queue' };
    await Promise.all([host(options, gate), host(options, gate)]);
    await until(() => noted('began').length === 1);
    const jobs = engine.queuesOf(space)('jobs.Gated', { leaseMs: 3_000, maxAttempts: 3 });
    ends.unshift(async () => jobs.close());
    await until(async () => {
      const { ready, delayed, leased } = await jobs.counts();
      return ready + delayed + leased >= 4;
    });
    expect(noted('began')).toHaveLength(1);
    writeFileSync(gate, '');
    await until(() => noted('ended').length >= 4);
    const words = notedIn(file).map(({ what }) => what);
    expect(words.filter((what, at) => what !== (at % 2 === 0 ? 'began' : 'ended'))).toEqual([]);
  });

  test('a host that begins anew makes up for what was missed', async (context) => {
    if (!(await begin(context))) return;
    const everyMs = 1_000;
    const first = await host({ everyMs, overlap: 'allow' });
    await until(() => noted('ended').length >= 1);
    await first.end('SIGTERM');
    const from = Date.now();
    await until(() => Date.now() > from + 3_000);
    await host({ everyMs, overlap: 'allow', catchUp: 'all' });
    const missed = [1_000, 2_000].map((ms) => idOf(Math.floor((from + ms) / everyMs) * everyMs));
    await until(() => missed.every((id) => noted('ended').some(({ jobId }) => jobId === id)));
  });
});
