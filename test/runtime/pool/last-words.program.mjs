// last-words.program.mjs <bytes> <reports> <ms>: what becomes of a job whose process is dead when the parent, which does nothing
// for so long, comes to read what it has told.
import { readFileSync } from 'node:fs';
import { ProcessPool } from 'mproc-worker';
import { DiesAfterResult } from './last-words.worker.mjs';

const [lengthBytes, reports, blockedMs] = process.argv.slice(2).map(Number);

function block(pid) {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  Atomics.wait(pause, 0, 0, blockedMs);
  while (!/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))) Atomics.wait(pause, 0, 0, 2);
}

const pool = new ProcessPool({ processes: 1 });
const worker = new DiesAfterResult();
await pool.run(worker, { reports: 0, lengthBytes: 1 });
const [pid] = pool.stats().pids;
const response = pool.run(worker, { reports, lengthBytes });
// The job is placed when this is over.
await Promise.resolve();
block(pid);
const { ok, body, error, attempts } = await response;
await pool.destroy();
const isWhole = body?.length === lengthBytes && body.every((byte) => byte === 7);
const isOfProcess = attempts.map((attempt) => attempt.pid === pid);
console.log(JSON.stringify({ ok, isWhole, code: error?.code, signal: error?.signal, isOfProcess }));
