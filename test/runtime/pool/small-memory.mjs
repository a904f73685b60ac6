// Run by large-values.test.ts where /dev/shm is a small file system of its own.
import { readFileSync } from 'node:fs';
import { ProcessPool } from 'mproc-worker';
import { Echo } from '../../chaos/jobs.worker.mjs';

const MIB = 2 ** 20;
const pool = new ProcessPool({ processes: 1, memoryBytes: MIB });
const kept = [];
let problem = '';
for (let at = 0; at < 6 && problem === ''; at += 1) {
  const { ok, body, error } = await pool.run(new Echo(), new Uint8Array(40 * MIB).fill(at));
  if (!ok) problem = String(error);
  else kept.push(body);
}
const inSharedMemory = readFileSync('/proc/self/maps', 'latin1')
  .split('\n')
  .filter((line) => line.includes('/dev/shm')).length;
const right = kept.filter((bytes, at) => bytes.every((byte) => byte === at)).length;
await pool.destroy();
console.log(JSON.stringify({ problem, right, inSharedMemory }));
