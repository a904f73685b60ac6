// Run by loans.test.ts: programs of their own that lend arrays, as some bring themselves into need. Argument: which. Prints
// whether all went as it should.
import { closeSync, openSync, readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { ProcessPool } from 'mproc-worker';
import { Echo } from '../../chaos/jobs.worker.mjs';

const [what = ''] = process.argv.slice(2);
const BYTES = 2 ** 20;
const pool = new ProcessPool({ processes: 1 });
const descriptors = () => readdirSync('/proc/self/fd').length;

async function isEchoed(array) {
  const { ok, body } = await pool.run(new Echo(), array);
  return ok && Buffer.compare(array, body) === 0;
}

async function codeOf(action) {
  try {
    await action();
    return 'none';
  } catch (error) {
    return error.code;
  }
}

/** @returns whether they went, apart from what is kept for the next */
async function isGone(before) {
  for (let look = 0; look < 1_000 && descriptors() > before; look += 1) {
    globalThis.gc();
    await delay(5);
  }
  return descriptors() <= before;
}

const PROGRAMS = {
  /** Arrays that nobody releases. */
  forgotten: async () => {
    await isEchoed(pool.allocate('Uint8Array', BYTES).fill(1));
    const before = descriptors();
    for (let round = 0; round < 100; round += 1)
      if (!(await isEchoed(pool.allocate('Uint8Array', BYTES).fill(round)))) return false;
    return isGone(before);
  },
  /** None left: an error with a code, and all is well afterwards. */
  descriptors: async () => {
    if (!(await isEchoed(pool.allocate('Uint8Array', BYTES).fill(1)))) return false;
    const taken = [];
    try {
      for (;;) taken.push(openSync('/dev/null'));
    } catch {
      // That was the last.
    }
    const code = await codeOf(() => pool.allocate('Uint8Array', 4 * BYTES));
    for (const fd of taken) closeSync(fd);
    return code === 'ERR_MEMORY_FULL' && isEchoed(pool.allocate('Uint8Array', 4 * BYTES).fill(2));
  },
  /** More than there is. */
  full: async () => {
    const code = await codeOf(() => pool.allocate('Uint8Array', 2 ** 42));
    return /^ERR_(MEMORY_FULL|PLATFORM)$/.test(code) && isEchoed(pool.allocate('Uint8Array', BYTES).fill(2));
  },
  /** The pool ends before its arrays do. */
  late: async () => {
    const array = pool.allocate('Uint8Array', BYTES).fill(3);
    await pool.destroy();
    globalThis.gc();
    if (array.fill(4)[BYTES - 1] !== 4) return false;
    pool.release(array);
    return array.length === 0;
  },
  /** Until it is killed. */
  waits: async () => {
    const array = pool.allocate('Uint8Array', BYTES).fill(1);
    process.stdout.write('ready\n');
    await delay(600_000);
    return array.length;
  },
};

const outcome = await PROGRAMS[what]();
process.stdout.write(JSON.stringify({ [what]: outcome }), () => process.exit());
