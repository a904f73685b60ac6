import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { isListening } from '../../../runtime/src/inspect/debugger/address.js';
import { askParent } from '../../../runtime/src/inspect/debugger/ask-parent.js';
import { dump } from '../../../runtime/src/inspect/debugger/dump.js';
import { takeTurn } from '../../../runtime/src/inspect/debugger/turns.js';
import type { PoolReport } from '../../../runtime/src/inspect/pool-report.js';
import { waitedMs } from '../../../runtime/src/inspect/waited-ms.js';
import { cancelFrame } from '../../../runtime/src/pool/transport/cancel-request.js';
import { SEGMENT_FOLDER } from '../../../runtime/src/segment/shared-folder.js';
import { withMoreTime } from '../../more-time.js';
import { until } from '../pool/prove-pool.js';
import { type LookedAt, MPROC, mproc, poolsOf, startLookedAt, whenSeen } from './looked-at.js';

const folder = mkdtempSync(join(tmpdir(), 'mproc-dump-'));
afterAll(() => rmSync(folder, { recursive: true }));

const isBusyWith = (count: number) => (pools: PoolReport[]) =>
  pools.flatMap(({ processes }) => processes).filter(({ jobId }) => jobId !== null).length === count;

const STUCK = [
  { kind: 'loop' },
  { kind: 'regexp' },
  { kind: 'wait' },
  { kind: 'sleep', ms: 600_000 },
] as const;

/** The pid of the process that runs a job. */
function runnerOf(program: LookedAt, job: number): number {
  const [pool] = whenSeen(program, isBusyWith(program.jobIds.length));
  return pool!.processes.find(({ jobId }) => jobId === program.jobIds[job])!.pid;
}

/** What a dump says of each process, by the id of its job. */
function dumpOf(program: LookedAt): Map<string, string> {
  const { stdout, stderr, status } = mproc('dump', String(program.pid));
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  const blocks = stdout.split(/^(?=process \d)/m);
  return new Map(blocks.map((block) => [/job (\S+)/.exec(block)?.[1] ?? 'idle', block]));
}

function expectStacks(program: LookedAt): void {
  const dumped = dumpOf(program);
  const [loop, regexp, wait, sleep] = program.jobIds.map((jobId) => dumped.get(jobId)!);
  expect(loop).toMatch(
    /^ {4}at loopForever \(test\/runtime\/cli\/looked-at\.worker\.mjs:\d+:\d+\)\n {4}at process \(test/m,
  );
  expect(regexp).toMatch(/^ {4}at process \(test\/runtime\/cli\/looked-at\.worker\.mjs:\d+:\d+\)$/m);
  expect(wait).toMatch(/^ {4}at process \(test\/runtime\/cli\/looked-at\.worker\.mjs:\d+:\d+\)$/m);
  expect(sleep).toContain('no JavaScript runs');
}

describe.skipIf(process.platform !== 'linux')('mproc dump', () => {
  test('shows where processes are that loop, match, sleep and wait, again and again, and leaves nothing open', async () => {
    await using program = await startLookedAt({ options: { processes: 4 }, jobs: STUCK });
    whenSeen(program, isBusyWith(4));
    const before = poolsOf(program)[0]!.processes.map(({ pid }) => pid);
    for (let times = 0; times < 3; times += 1) expectStacks(program);
    const after = poolsOf(program)[0]!.processes;
    expect(after.map(({ pid }) => pid)).toEqual(before);
    expect(new Set(after.map(({ jobId }) => jobId))).toEqual(new Set(program.jobIds));
    expect(after.filter(({ pid }) => isListening(pid) || hasRequest(pid))).toEqual([]);
    expect(program.stderr()).toBe('');
  });

  test('takes turns with whoever else looks, in this program and another', async () => {
    await using program = await startLookedAt({ options: { processes: 1 }, jobs: [{ kind: 'loop' }] });
    const pid = runnerOf(program, 0);
    const { signal } = new AbortController();
    const order = { profileMs: undefined, heap: false, fileFor: () => '', signal };
    const here = [
      dump(pid, order),
      dump(pid, order),
      askParent([{ pid, state: 'busy' }], cancelFrame('none')),
    ];
    const there = Array.from({ length: 2 }, () =>
      once(spawn(process.execPath, [MPROC, 'dump', String(pid)]), 'close'),
    );
    for (const looked of (await Promise.all(here)).slice(0, 2))
      expect(looked).toMatchObject({ stack: expect.stringContaining('at loopForever') });
    expect((await Promise.all(there)).map(([code]) => code)).toEqual([0, 0]);
    expect(isListening(pid) || hasRequest(pid)).toBe(false);
  });

  test('waits for each who looks, however many there are, and names the one who takes too long', async () => {
    const nobody = spawnSync('true').pid;
    const path = `${SEGMENT_FOLDER}/mproc-debug-${nobody}`;
    const turn = () => takeTurn(nobody, () => 1, 2_000);
    const own = process.pid;
    try {
      writeFileSync(path, `${own} 1\n`, { mode: 0o600 });
      const waiting = turn();
      let isOver = false;
      waiting.then(
        () => (isOver = true),
        () => (isOver = true),
      );
      for (let looks = 0; looks < 30; looks += 1) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        expect(isOver).toBe(false);
        writeFileSync(path, `${looks % 2 === 0 ? process.ppid : own} 1\n`);
      }
      rmSync(path);
      await waiting;
      expect(readFileSync(path, 'utf8')).toBe(`${own} 1\n`);
      await expect(turn()).rejects.toThrow(`process ${own} looks into it`);
    } finally {
      rmSync(path, { force: true });
    }
  });

  test('says what is in the way where it cannot ask', async () => {
    const nobody = spawnSync('true').pid;
    const path = `${SEGMENT_FOLDER}/mproc-debug-${nobody}`;
    symlinkSync(join(folder, 'nothing'), path);
    try {
      await expect(takeTurn(nobody, () => 1, 2_000)).rejects.toThrow(`${path}, of the user with id`);
    } finally {
      rmSync(path, { force: true });
    }
  });

  test('writes nowhere but to its own request, whatever lies in its place', async () => {
    const nobody = spawnSync('true').pid;
    const path = `${SEGMENT_FOLDER}/mproc-debug-${nobody}`;
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'kept');
    symlinkSync(victim, `${path}-${process.pid}`);
    try {
      await takeTurn(nobody, () => 1, 2_000);
      expect(readFileSync(victim, 'utf8')).toBe('kept');
      expect(readFileSync(path, 'utf8')).toBe(`${process.pid} 1\n`);
    } finally {
      for (const one of [path, `${path}-${process.pid}`]) rmSync(one, { force: true });
    }
  });

  test('does not blame a process for what any of its threads waits for a processor', () => {
    const waits = () =>
      readdirSync('/proc/self/task').map((thread) => {
        const [, waitedNs] = readFileSync(`/proc/self/task/${thread}/schedstat`, 'latin1').split(' ');
        return Number(waitedNs) / 1e6;
      });
    const sum = (all: readonly number[]) => all.reduce((total, one) => total + one, 0);
    const before = waits();
    const waited = waitedMs(process.pid);
    const after = waits();
    if (before.length !== after.length) return;
    expect(waited).toBeGreaterThanOrEqual(sum(before) - 1e-6);
    expect(waited).toBeLessThanOrEqual(sum(after) + 1e-6);
  });

  test('does so while the program is blocked, whose user never hears of it', async () => {
    await using program = await startLookedAt({
      options: { processes: 4 },
      jobs: STUCK,
      settleMs: 1_000,
      blockMs: 8_000,
    });
    whenSeen(program, isBusyWith(4));
    expectStacks(program);
    const pids = poolsOf(program)[0]!.processes.map(({ pid }) => pid);
    // The program goes on, and reads what its processes have written meanwhile.
    await until(() => !pids.some(hasRequest));
    expectStacks(program);
    expect(program.stderr()).toBe('');
    expect(pids.filter((pid) => isListening(pid))).toEqual([]);
  });

  test('finds a process by its job, and writes a profile and a snapshot of the heap', async () => {
    await using program = await startLookedAt({ options: { processes: 1 }, jobs: [{ kind: 'loop' }] });
    const pid = runnerOf(program, 0);
    const file = join(folder, 'one.cpuprofile');
    const profiled = mproc('dump', program.jobIds[0]!, '--profile', '300ms', '-o', file);
    expect(profiled.stdout).toContain(`written: ${file}`);
    const { nodes } = JSON.parse(readFileSync(file, 'utf8')) as {
      nodes: { callFrame: { functionName: string } }[];
    };
    expect(nodes.map(({ callFrame }) => callFrame.functionName)).toContain('process');
    const snapshot = join(folder, 'heap');
    const taken = mproc('dump', String(pid), '--heap', '-o', snapshot);
    expect(`${taken.stdout}${taken.stderr}`).toContain(`written: ${snapshot}`);
    expect(Object.keys(JSON.parse(readFileSync(snapshot, 'utf8')) as object)).toContain('snapshot');
    expect(isListening(pid)).toBe(false);
  });

  test('closes the debugger when it is interrupted, and what one that was killed has left open', async () => {
    await using program = await startLookedAt({ options: { processes: 1 }, jobs: [{ kind: 'loop' }] });
    const pid = runnerOf(program, 0);
    for (const signal of ['SIGINT', 'SIGKILL'] as const) {
      const dumping = spawn(process.execPath, [MPROC, 'dump', String(pid), '--profile', '10m'], {
        stdio: 'ignore',
      });
      const ended = once(dumping, 'exit');
      await until(() => hasAddress(pid));
      dumping.kill(signal);
      await ended;
      expect(isListening(pid)).toBe(signal === 'SIGKILL');
    }
    expect(mproc('dump', String(pid)).stdout).toContain('at loopForever (');
    expect(isListening(pid) || hasRequest(pid)).toBe(false);
    expect(program.stderr()).toBe('');
  });

  // It must be in native code until it has been looked at, which takes longer on a busy machine.
  test('says in clear words why one does not answer', () => withMoreTime([4_000, 20_000, 80_000], saysWhy));

  async function saysWhy(nativeMs: number): Promise<void> {
    await using program = await startLookedAt({
      options: { processes: 2 },
      jobs: [
        { kind: 'sleep', ms: 600_000 },
        { kind: 'native', ms: nativeMs },
      ],
    });
    const [sleeps, native] = [runnerOf(program, 0), runnerOf(program, 1)];
    expect(mproc('dump', String(native)).stdout).toContain('it does not answer: it is in native code');
    process.kill(sleeps, 'SIGSTOP');
    expect(mproc('dump', String(sleeps)).stdout).toContain('it is stopped');
    process.kill(sleeps, 'SIGCONT');
    expect(mproc('dump', '1').stderr).toContain('no process of a pool of yours has the pid');
    // Its debugger opens when it is back from native code, and is closed again by its parent.
    await until(() => poolsOf(program)[0]!.processes.every(({ jobId }) => jobId !== program.jobIds[1]));
    await until(() => !hasRequest(native) && !isListening(native));
    expect(program.stderr()).toBe('');
  }

  test('lets a debugger be that the user has opened, and the user see its address', async () => {
    await using program = await startLookedAt({
      options: { processes: 1 },
      jobs: [{ kind: 'sleep', ms: 600_000 }],
    });
    const pid = runnerOf(program, 0);
    process.kill(pid, 'SIGUSR1');
    await until(() => program.stderr().includes('Debugger listening on ws://127.0.0.1:'));
    expect(mproc('dump', String(pid)).stdout).toContain('its debugger is open for somebody else');
    await using inspected = await startLookedAt(
      { options: { processes: 1 }, jobs: [{ kind: 'sleep', ms: 600_000 }] },
      { NODE_OPTIONS: '--inspect=127.0.0.1:0' },
    );
    const child = runnerOf(inspected, 0);
    expect(mproc('dump', String(child)).stdout).toContain('its debugger is open for somebody else');
    // One that stayed would have the parent close what the user opens next.
    expect([pid, child].filter(hasRequest)).toEqual([]);
  });

  test.skipIf(!process.allowedNodeEnvironmentFlags.has('--disable-sigusr1'))(
    'says that a process has been told to keep its debugger closed',
    async () => {
      await using program = await startLookedAt({
        options: { processes: 1, execArgv: ['--disable-sigusr1'] },
        jobs: [{ kind: 'sleep', ms: 600_000 }],
      });
      expect(mproc('dump', String(runnerOf(program, 0))).stdout).toContain('--disable-sigusr1');
      expect(poolsOf(program)[0]!.processes[0]!.jobId).toBe(program.jobIds[0]);
    },
  );
});

function hasAddress(pid: number): boolean {
  return (
    hasRequest(pid) && readFileSync(`${SEGMENT_FOLDER}/mproc-debug-${pid}`, 'utf8').includes('127.0.0.1:')
  );
}

function hasRequest(pid: number): boolean {
  return existsSync(`${SEGMENT_FOLDER}/mproc-debug-${pid}`);
}
