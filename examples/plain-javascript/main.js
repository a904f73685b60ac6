// Plain JavaScript: no types, no build, started with `node main.js`.
import { ProcessPool } from 'mproc-worker';
import { countPrimes } from './primes.js';

const pool = new ProcessPool();
const ranges = Array.from({ length: 10 }, (_, n) => ({ from: n * 10_000, to: (n + 1) * 10_000 }));
const counts = await pool.map(countPrimes, ranges, { orThrow: true });
console.log(
  counts.reduce((sum, count) => sum + count, 0),
  'primes below 100,000',
);
await pool.close();
