// What a pool takes where nothing was asked for, by processes and the size of the shared segment in MiB.
import { readFileSync } from 'node:fs';
import { ProcessPool } from 'mproc-worker';

const pool = new ProcessPool();
const { processes } = pool.stats();
const sizes = readFileSync('/proc/self/maps', 'latin1')
  .split('\n')
  .filter((line) => line.includes('/dev/shm/'))
  .map((line) => {
    const [from, to] = line
      .split(' ', 1)[0]
      .split('-')
      .map((address) => Number.parseInt(address, 16));
    return (to - from) / 2 ** 20;
  });
await pool.destroy();
console.log(JSON.stringify({ processes, segmentMib: Math.round(Math.max(...sizes)) }));
