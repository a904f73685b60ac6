import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { PoolReport } from '../../../runtime/src/inspect/pool-report.js';
import { divideMemory } from '../../../runtime/src/pool/parent/placing/memory-plan.js';
import { POOL_HEADER, POOL_SEGMENT } from '../../../runtime/src/pool/transport/layout.js';
import { placePool } from '../../../runtime/src/pool/transport/pool-segment.js';
import { SEGMENT_FOLDER } from '../../../runtime/src/segment/shared-folder.js';
import { seeded } from '../../seeded.js';
import { mproc, poolsOf, psReport, startLookedAt, whenSeen } from './looked-at.js';

const runsAll = (count: number) => (pools: PoolReport[]) =>
  pools.flatMap(({ processes }) => processes).filter(({ jobId }) => jobId !== null).length === count;

describe.skipIf(process.platform !== 'linux')('mproc ps', () => {
  test('shows what runs and what waits while the program is blocked', async () => {
    await using program = await startLookedAt({
      options: { processes: 3 },
      first: [{ kind: 'fail' }, { kind: 'ok' }, { kind: 'ok' }],
      jobs: [
        { kind: 'loop' },
        { kind: 'sleep', ms: 600_000 },
        { kind: 'wait' },
        { kind: 'ok' },
        { kind: 'ok' },
      ],
      map: Array.from({ length: 10 }, () => ({ kind: 'ok' })),
      settleMs: 500,
      blockMs: 600_000,
    });
    // A look on a busy machine may have no time for the memory.
    const hasMemory = ({ processes }: PoolReport) => processes.every(({ pssBytes }) => pssBytes !== null);
    const [pool] = whenSeen(program, (pools) => runsAll(3)(pools) && pools.every(hasMemory));
    expect(pool).toMatchObject({
      pid: program.pid,
      threadId: 0,
      waiting: 12,
      answered: 3,
      failed: 1,
      delayed: 0,
    });
    expect(pool?.program).toContain('looked-at.program.mjs');
    expect(pool?.oldestWaitingMs).toBeGreaterThanOrEqual(0);
    const running = pool!.processes.map(({ jobId }) => jobId).sort();
    expect(running).toEqual(program.jobIds.slice(0, 3).sort());
    for (const process of pool!.processes) {
      expect(process).toMatchObject({ state: 'running', class: 'Busy', attempt: 1, others: [], restarts: 0 });
      expect(process.lastDeath).toBeNull();
      expect(process.pssBytes).toBeGreaterThan(process.ussBytes!);
      expect(process.ussBytes).toBeGreaterThan(1024 * 1024);
    }
    expect(pool!.processes.reduce((sum, { jobs }) => sum + jobs, 0)).toBe(3);
  });

  test('shows jobs that a blocked program has not given to any process yet', async () => {
    await using program = await startLookedAt({
      options: { processes: 1 },
      first: [{ kind: 'ok' }],
      jobs: [{ kind: 'ok' }, { kind: 'ok' }],
      map: [{ kind: 'ok' }, { kind: 'ok' }, { kind: 'ok' }],
      settleMs: -1,
      blockMs: 600_000,
    });
    const [pool] = poolsOf(program);
    expect(pool).toMatchObject({ waiting: 5, answered: 1 });
    expect(pool?.oldestWaitingMs).toBeGreaterThanOrEqual(0);
  });

  test('tells of stopped processes, and of how the last one of a place has died', async () => {
    await using program = await startLookedAt({
      options: { processes: 2 },
      jobs: [{ kind: 'sleep', ms: 600_000 }],
    });
    const [before] = whenSeen(program, runsAll(1));
    const idle = before!.processes.find(({ jobId }) => jobId === null)!;
    const busy = before!.processes.find(({ jobId }) => jobId !== null)!;
    process.kill(idle.pid, 'SIGKILL');
    process.kill(busy.pid, 'SIGSTOP');
    const [after] = whenSeen(program, ([pool]) =>
      Boolean(pool?.processes.some((one) => one.state === 'idle' && one.pid !== idle.pid)),
    );
    expect(after!.processes.find(({ pid }) => pid === busy.pid)).toMatchObject({
      state: 'stopped',
      jobId: program.jobIds[0],
    });
    const fresh = after!.processes.find(({ pid }) => pid !== busy.pid)!;
    expect(fresh).toMatchObject({
      state: 'idle',
      restarts: 1,
      lastDeath: { pid: idle.pid, signal: 'SIGKILL' },
    });
    expect(mproc('ps').stdout).toMatch(
      new RegExp(`${fresh.pid} idle .*\\[restarts 1, last: SIGKILL .* ago\\]`),
    );
    process.kill(busy.pid, 'SIGCONT');
  });

  test('shows many processes, many pools, and pools of threads', async () => {
    await using wide = await startLookedAt({
      options: { processes: 32 },
      jobs: [{ kind: 'sleep', ms: 600_000 }],
    });
    await using many = await startLookedAt({
      options: { processes: 1, memoryBytes: 1024 * 1024 },
      pools: 20,
      inThread: true,
      jobs: [{ kind: 'sleep', ms: 600_000 }],
    });
    const [pool] = whenSeen(wide, ([seen]) => seen?.processes.length === 32);
    expect(pool?.processes).toHaveLength(32);
    const pools = whenSeen(many, runsAll(20));
    expect(pools).toHaveLength(20);
    expect(new Set(pools.map(({ threadId }) => threadId))).toEqual(new Set([1]));
    expect(pools.map(({ processes }) => processes[0]?.jobId).sort()).toEqual([...many.jobIds].sort());
  });

  test('names a pool of another version, and leaves out one without processes', async () => {
    const fake = holdFile(headed(POOL_SEGMENT.version + 1, Buffer.alloc(4_096)));
    await using inline = await startLookedAt({
      options: { processes: 'inline' },
      jobs: [{ kind: 'sleep', ms: 600_000 }],
    });
    try {
      const { pools, others } = psReport();
      expect(others).toContainEqual(
        expect.objectContaining({
          pid: process.pid,
          problem: expect.stringMatching(/another version of mproc-worker.*layout \d+, this one reads/),
        }),
      );
      expect(pools.filter(({ pid }) => pid === inline.pid)).toEqual([]);
    } finally {
      closeSync(fake);
    }
  });

  test('survives memory that says anything', async () => {
    const random = seeded('survives memory that says anything');
    const size = divideMemory(1024 * 1024, 2, 1);
    const { lengthBytes } = placePool(size);
    for (let round = 0; round < 20; round += 1) {
      const bytes = Buffer.from(Array.from({ length: 4_096 }, () => random.below(256)));
      const whole = headed(POOL_SEGMENT.version, Buffer.alloc(lengthBytes, bytes));
      if (round % 2 === 0)
        for (const name of [
          'slotCount',
          'orderLength',
          'childCount',
          'claimCount',
          'ringBytes',
          'arenaBytes',
        ] as const)
          whole.writeUInt32LE(size[name], POOL_HEADER.byte[name]);
      whole.writeDoubleLE(0, POOL_HEADER.byte.epoch);
      whole.writeInt32LE(process.pid, POOL_HEADER.byte.pid);
      const fake = holdFile(whole);
      try {
        const { status, stderr } = mproc('ps', '--json');
        expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      } finally {
        closeSync(fake);
      }
    }
  });

  test('is not disturbed by pools that come and go', async () => {
    const churn = spawn(process.execPath, ['--input-type=module', '--eval', COME_AND_GO], {
      stdio: 'ignore',
    });
    try {
      for (let looks = 0; looks < 15; looks += 1)
        expect(mproc('ps', '--json')).toMatchObject({ status: 0, stderr: '' });
    } finally {
      churn.kill('SIGKILL');
      await once(churn, 'exit');
    }
  });
});

const COME_AND_GO = `
import { ProcessPool } from 'mproc-worker';
for (;;) {
  const pool = new ProcessPool({ processes: 2, memoryBytes: 1024 * 1024 });
  await new Promise((resolve) => setTimeout(resolve, 60));
  await pool.destroy();
}`;

/** An open file that looks like a segment from outside. */
function holdFile(bytes: Buffer): number {
  const path = `${SEGMENT_FOLDER}/mproc-test-${process.pid}`;
  const fd = openSync(path, 'wx+', 0o600);
  rmSync(path);
  writeSync(fd, bytes);
  return fd;
}

function headed(version: number, bytes: Buffer): Buffer {
  bytes.writeUInt32LE(POOL_SEGMENT.magic, POOL_HEADER.byte.magic);
  bytes.writeUInt32LE(version, POOL_HEADER.byte.version);
  return bytes;
}
