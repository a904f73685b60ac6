// Run by start-failures.test.ts with a low limit of descriptors. Makes a pool with 0, 1, 2, … of them left, and tells what
// became of each. Argument `warm`: after one that had all.
import { closeSync, openSync } from 'node:fs';
import { ProcessPool } from 'mproc-worker';
import { Echo } from '../../chaos/jobs.worker.mjs';

const MOST_LEFT = 15;

async function outcome() {
  try {
    const pool = new ProcessPool({ processes: 1 });
    try {
      return (await pool.run(new Echo(), 1)).ok ? 'ok' : 'failed';
    } finally {
      await pool.destroy();
    }
  } catch ({ code, message }) {
    return code ?? message;
  }
}

if (process.argv[2] === 'warm') await outcome();
const held = [];
const outcomes = [];
for (let left = 0; left <= MOST_LEFT; left += 1) {
  try {
    for (;;) held.push(openSync('/dev/null'));
  } catch {
    // All are taken.
  }
  for (let count = 0; count < left; count += 1) closeSync(held.pop());
  outcomes.push(await outcome());
}
console.log(JSON.stringify(outcomes));
