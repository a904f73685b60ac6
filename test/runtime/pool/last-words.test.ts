import { readFileSync } from 'node:fs';
import { ProcessPool } from 'mproc-worker';
import { describe, expect, test } from 'vitest';
import { DiesAfterResult } from './last-words.worker.js';

/** More than the parent reads before it comes to what a death means. */
const MANY_REPORTS = 15_000;

/** After so long the parent looks whether what lies in memory can be, before it hears of the death. */
const HEARTBEAT_MS = 1_000;

/** Has the parent do nothing for so long, and until its child is dead. */
function block(pid: number, ms: number): void {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  Atomics.wait(pause, 0, 0, ms);
  while (!/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))) Atomics.wait(pause, 0, 0, 2);
}

/** What becomes of a job whose process is dead when the parent comes to read what it has told. */
async function lastWords(lengthBytes: number, reports: number, blockedMs = 0) {
  const pool = new ProcessPool({ processes: 1 });
  try {
    const worker = new DiesAfterResult();
    await pool.run(worker, { reports: 0, lengthBytes: 1 });
    const [pid] = pool.stats().pids as [number];
    const response = pool.run(worker, { reports, lengthBytes });
    // The job is placed when this is over.
    await Promise.resolve();
    block(pid, blockedMs);
    return { ...(await response), pid };
  } finally {
    await pool.destroy();
  }
}

const LARGE = 4 * 2 ** 20;

describe.runIf(process.platform === 'linux')('what a process told before it died', () => {
  test('is its result, and an attempt of that process', async () => {
    const { ok, body, attempts, pid } = await lastWords(1_000, MANY_REPORTS);
    expect({ ok, body }).toEqual({ ok: true, body: new Uint8Array(1_000).fill(7) });
    expect(attempts).toMatchObject([{ pid }]);
  });

  test.each([
    ['read when the death is known', MANY_REPORTS, 0],
    ['missed before the death is known', 1, HEARTBEAT_MS + 100],
  ])('is a crash where its large result went with it, %s', async (_, reports, blockedMs) => {
    const { error, attempts, pid } = await lastWords(LARGE, reports, blockedMs);
    expect(error).toMatchObject({ code: 'ERR_PROCESS_CRASHED', signal: 'SIGKILL' });
    expect(attempts).toMatchObject([{ pid }]);
  });
});
