import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type JobResponse, ProcessPool, RetryStrategy, SharedArray } from 'mproc-worker';
import { afterAll, describe, expect, test } from 'vitest';
import { withMoreTime } from '../../more-time.js';
import { Echo, EndProcess, FailTimes, Hold, Later, Spin } from '../pool/jobs.worker.js';
import { Meet } from '../pool/meeting.worker.js';

const CLI = fileURLToPath(new URL('../../../runtime/dist/cli.js', import.meta.url));
const PROGRAM = fileURLToPath(new URL('./busy.program.mjs', import.meta.url));
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'mproc-trace-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Event {
  readonly ph: string;
  readonly cat?: string;
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
  readonly id?: unknown;
  readonly args: { jobId: string; attempt: number; outcome: string; reason?: string };
}

interface TraceFile {
  readonly traceEvents: Event[];
  readonly otherData: { droppedAttempts: number; droppedEvents: number };
}

function read(name: string): TraceFile {
  return JSON.parse(readFileSync(join(folder, name), 'utf8')) as TraceFile;
}

/** Proves that each attempt of these responses is told once, and for as long as it ran. */
function prove({ traceEvents }: TraceFile, responses: readonly JobResponse<unknown>[]): Event[] {
  const runs = traceEvents.filter(({ ph, cat }) => ph === 'X' && cat === 'run');
  const told = new Map(runs.map((run) => [`${run.args.jobId} ${run.args.attempt}`, run]));
  expect(told.size).toBe(runs.length);
  const attempts = responses.flatMap(({ jobId, attempts: own }) =>
    own.map((attempt, index) => ({ key: `${jobId} ${index + 1}`, attempt })),
  );
  expect([...told.keys()].sort()).toEqual(attempts.map(({ key }) => key).sort());
  const differing = attempts.filter(({ key, attempt }) => {
    const run = told.get(key)!;
    const isOk = (run.args.outcome === 'ok') === (attempt.error === undefined);
    return run.pid !== attempt.pid || Math.abs(run.dur / 1_000 - attempt.runMs) > 0.001 || !isOk;
  });
  expect(differing).toEqual([]);
  for (const phase of ['s', 't', 'f', 'b', 'e'])
    expect(traceEvents.filter(({ ph }) => ph === phase)).toHaveLength(runs.length);
  return runs;
}

function expectNoOverlap(runs: readonly Event[]): void {
  const byTrack = new Map<string, Event[]>();
  for (const run of runs) {
    const track = `${run.pid} ${run.tid}`;
    const own = byTrack.get(track) ?? [];
    own.push(run);
    byTrack.set(track, own);
  }
  for (const own of byTrack.values()) {
    const sorted = own.toSorted((a, b) => a.ts - b.ts);
    // To a thousandth of a microsecond, as they are written.
    const overlapping = sorted.filter(
      (run, at) => at > 0 && sorted[at - 1]!.ts + sorted[at - 1]!.dur > run.ts + 0.002,
    );
    expect(overlapping).toEqual([]);
  }
}

describe('a trace', () => {
  test('has each job once, as long as its attempts say, and no two at once in a process', async () => {
    await using pool = new ProcessPool(2);
    await pool.map(
      new Echo(),
      Array.from({ length: 3_000 }, (_, n) => n),
    );
    const trace = pool.trace(join(folder, 'many.json'));
    const responses = (
      await Promise.all([
        pool.map(
          new Echo(),
          Array.from({ length: 5_000 }, (_, n) => n),
        ),
        pool.map(
          new Hold(),
          Array.from({ length: 100 }, (_, n) => n % 3),
        ),
        pool.run(new Later(), 5).then((one) => [one]),
      ])
    ).flat() as JobResponse<unknown>[];
    await trace.stop();
    const runs = prove(read('many.json'), responses);
    expect(new Set(runs.map(({ tid }) => tid))).toEqual(new Set([1]));
    expectNoOverlap(runs);
    // What comes after it is not in it.
    await pool.map(new Echo(), [1]);
    expect(read('many.json').traceEvents.filter(({ cat }) => cat === 'run')).toHaveLength(runs.length);
  });

  test('has retries, deaths and time limits, and tells what failed', async () => {
    const file = join(folder, 'troubles.json');
    const responses: JobResponse<unknown>[] = [];
    {
      await using pool = new ProcessPool({ processes: 2, killTimeoutMs: 50 });
      pool.trace(file, { html: join(folder, 'troubles.html') });
      const fails = new FailTimes();
      fails.retryStrategy = new RetryStrategy({ maxRetries: 2 });
      responses.push(...(await pool.map(fails, [0, 1, 9])));
      responses.push(await pool.run(new EndProcess(), { how: 'signal' }));
      responses.push(await pool.run(new Spin(), 0, { timeoutMs: 100 }));
      responses.push(await pool.run(new Echo(), '</script><b>'.repeat(2_000)));
    }
    const trace = read('troubles.json');
    const runs = prove(trace, responses);
    expectNoOverlap(runs);
    const instants = trace.traceEvents
      .filter(({ ph }) => ph === 'i')
      .map(({ name, args }) => `${name} ${args.reason ?? ''}`);
    expect(instants.filter((one) => one.startsWith('retry'))).toHaveLength(3);
    expect(instants).toContain('death crashed');
    expect(instants).toContain('timeout ');
    expect(instants.filter((one) => one.startsWith('spawn')).length).toBeGreaterThan(0);
    expect(runs.map(({ args }) => args.outcome)).toEqual(
      expect.arrayContaining(['ok', 'error', 'crash', 'timeout']),
    );
    const page = readFileSync(join(folder, 'troubles.html'), 'utf8');
    expect(page.match(/<\/script>/g)).toHaveLength(2);
    expect(page).not.toMatch(/https?:/);
    expect(page).toContain('last words of');
  });

  test('tells how long it took to unpack and to pack what is large', async () => {
    await using pool = new ProcessPool(1);
    await pool.run(new Echo(), 0);
    const trace = pool.trace(join(folder, 'large.json'));
    await pool.run(
      new Echo(),
      Array.from({ length: 100_000 }, (_, n) => ({ n, text: `value ${n}` })),
    );
    await trace.stop();
    const { traceEvents } = read('large.json');
    const [run, unpack, pack] = ['run', 'unpack', 'pack'].map((kind) =>
      traceEvents.filter(({ cat }) => cat === kind),
    );
    expect([run, unpack, pack].map((all) => all!.length)).toEqual([1, 1, 1]);
    expect(unpack![0]!.ts).toBe(run![0]!.ts);
    expect(unpack![0]!.dur).toBeLessThanOrEqual(run![0]!.dur);
    expect(pack![0]!.ts).toBeCloseTo(run![0]!.ts + run![0]!.dur, 2);
  });

  test('puts jobs that run side by side into tracks of their own', async () => {
    await using pool = new ProcessPool({ processes: 1, concurrency: 4 });
    const trace = pool.trace(join(folder, 'beside.json'));
    using arrived = SharedArray.allocate('Int32Array', 1);
    // Each ends when all have begun.
    const responses = await pool.map(new Meet(), Array(4).fill({ arrived, goesOnAt: 4 }));
    await trace.stop();
    const runs = prove(read('beside.json'), responses);
    expectNoOverlap(runs);
    expect(new Set(runs.map(({ tid }) => tid)).size).toBe(4);
  });

  test('keeps so many attempts and counts the rest', async () => {
    await using pool = new ProcessPool(1);
    const trace = pool.trace(join(folder, 'few.json'), { most: 10 });
    await pool.map(
      new Echo(),
      Array.from({ length: 25 }, (_, n) => n),
    );
    await trace.stop();
    const { otherData, traceEvents } = read('few.json');
    expect(otherData.droppedAttempts).toBe(15);
    expect(traceEvents.filter(({ cat }) => cat === 'run')).toHaveLength(10);
  });

  test('keeps as many events, and counts the rest', async () => {
    await using pool = new ProcessPool(1);
    const fails = new FailTimes();
    fails.retryStrategy = new RetryStrategy({ maxRetries: 9 });
    await pool.run(new Echo(), 1);
    const trace = pool.trace(join(folder, 'few-events.json'), { most: 4 });
    await pool.run(fails, 9);
    await trace.stop();
    const { otherData, traceEvents } = read('few-events.json');
    expect(otherData).toMatchObject({ droppedAttempts: 6, droppedEvents: 5 });
    expect(traceEvents.filter(({ ph, name }) => ph === 'i' && name.startsWith('retry'))).toHaveLength(4);
  });

  test('of jobs that run in the program is one, too', async () => {
    await using pool = new ProcessPool({ processes: 'inline' });
    const trace = pool.trace(join(folder, 'inline.json'));
    const responses = await pool.map(new Later(), [1, 2]);
    await trace.stop();
    prove(read('inline.json'), responses);
  });

  test.each([
    ['close', 'destroy'],
    ['destroy', 'close'],
    ['destroy', 'destroy'],
  ] as const)('is there when any end of its pool is over: %s, then %s', async (first, second) => {
    for (const awaited of [0, 1]) {
      const file = join(folder, `${first}-${second}-${awaited}.json`);
      const pool = new ProcessPool(1);
      pool.trace(file);
      await pool.map(new Echo(), Array(2_000).fill(1));
      const ends = [pool[first](), pool[second]()];
      await ends[awaited];
      expect(existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).traceEvents.length).toBeGreaterThan(
        0,
      );
      await Promise.all(ends);
    }
  });

  test('that cannot be written rejects, and the pool goes on', async () => {
    await using pool = new ProcessPool(1);
    const trace = pool.trace(join(folder, 'no', 'such', 'folder.json'));
    expect((await pool.run(new Echo(), 1)).ok).toBe(true);
    await expect(trace.stop()).rejects.toMatchObject({
      code: 'ERR_SYSTEM',
      message: expect.stringContaining('ENOENT'),
    });
    expect((await pool.run(new Echo(), 2)).ok).toBe(true);
  });

  test('is one at a time, with options that are known', async () => {
    await using pool = new ProcessPool(1);
    expect(() => pool.trace('')).toThrow(/takes the path of a file/);
    expect(() => pool.trace('x', { most: 0 })).toThrow(/most must be a whole number/);
    expect(() => pool.trace('x', { htm: 'y' } as never)).toThrow(/did you mean html/);
    const trace = pool.trace(join(folder, 'first.json'));
    expect(() => pool.trace(join(folder, 'second.json'))).toThrow(/traced already/);
    await trace.stop();
    await pool.trace(join(folder, 'second.json')).stop();
  });
});

describe.skipIf(process.platform !== 'linux')('mproc trace', () => {
  test('has a program that runs write what its pools do for a while', async () => {
    const program = spawn(process.execPath, [PROGRAM], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      await once(program.stdout!, 'data');
      const [file, html] = [join(folder, 'program.json'), join(folder, 'program.html')];
      let runs: Event[] = [];
      await withMoreTime([500, 5_000, 30_000], async (ms) => {
        const args = [CLI, 'trace', String(program.pid), '--for', `${ms}ms`, '-o', file, '--html', html];
        const { stdout } = await run(process.execPath, args);
        expect(stdout).toBe(`written: ${file}\nwritten: ${html}\n`);
        runs = read('program.json').traceEvents.filter(({ cat }) => cat === 'run');
        expect(runs.length).toBeGreaterThan(5);
      });
      expect(new Set(runs.map(({ name }) => name))).toEqual(new Set(['Fails']));
      expectNoOverlap(runs);
      expect(readFileSync(html, 'utf8')).toContain('Jobs in processes');
    } finally {
      program.kill('SIGKILL');
    }
  });

  test.each([
    [['1'], /no pool of yours has the pid 1/],
    [[String(process.pid), '--for', 'soon'], /no pool of yours|--for takes a time/],
  ])('says in one line why there is none: %j', async (args, problem) => {
    const failed = run(process.execPath, [CLI, 'trace', ...args]);
    await expect(failed).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(problem) });
  });
});
