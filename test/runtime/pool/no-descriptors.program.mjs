// Run by no-descriptors.test.ts. A pool that works, in a program that has no descriptors left when a part of this package is
// first needed that is loaded late. Argument: what needs it. Prints what that came to, and whether all works afterwards.
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProcessPool, SharedMemoryQueue } from 'mproc-worker';
import { Late } from './no-descriptors.worker.mjs';

const [what = ''] = process.argv.slice(2);
const problems = [];
for (const event of ['uncaughtException', 'unhandledRejection'])
  process.on(event, (error) => problems.push(`${event}: ${error?.stack ?? error}`));

const silent = { error() {}, warn() {}, info() {}, debug() {} };
const folder = mkdtempSync(join(tmpdir(), 'mproc-no-descriptors-'));
const pool = new ProcessPool({
  processes: 1,
  logger: silent,
  keepFailed: { folder: join(folder, 'failed') },
});

const codeOf = ({ ok, error }) => (ok ? 'ok' : (error.code ?? error.message));
const run = async (how, options) => codeOf(await pool.run(new Late(), how, options));

/** More than are kept as they are before they are put into histograms. */
const MANY = 300;

const NEEDS = {
  'many jobs': async () => {
    const codes = new Set();
    for (let job = 0; job < MANY; job += 1) codes.add(await run('return'));
    return [...codes].join();
  },
  'a job out of time': () => run('loop', { timeoutMs: 300 }),
  'a debugger that is opened': async () => `${await run('tell of a debugger')}, ${await run('return')}`,
  'a trace from outside': async () => `${await run('ask for a trace')}, ${await run('return')}`,
  'a job that is to be kept': async () => {
    const response = await pool.run(new Late(), 'throw');
    return `${response.error.message}, ${'replayFile' in response ? 'kept' : 'not kept'}`;
  },
  stats: () => (pool.stats().pids.length === 1 ? 'ok' : 'other pids'),
  imap: async () => {
    for await (const response of pool.imap(new Late(), ['return'])) return codeOf(response);
  },
  broadcast: async () => (await pool.broadcast(Late, 1))[0].status,
  trace: async () => {
    await pool.trace(join(folder, 'trace')).stop();
    return 'ok';
  },
  submit: () => {
    const withQueues = new ProcessPool({
      processes: 0,
      queues: () => new SharedMemoryQueue(undefined, { memoryBytes: 2 ** 20 }),
    });
    return withQueues
      .submit(new Late(), 'return')
      .then(() => 'ok')
      .finally(() => withQueues.destroy());
  },
  inline: () => {
    new ProcessPool({ processes: 'inline' });
    return 'ok';
  },
};

async function outcome() {
  try {
    return await NEEDS[what]();
  } catch (error) {
    return error.code ?? error.message;
  }
}

await run('return');
const held = [];
try {
  for (;;) held.push(openSync('/dev/null'));
} catch {
  // All are taken.
}
const without = await outcome();
for (const fd of held) closeSync(fd);
const after = await outcome();
const works = await run('return');
const { classes } = pool.stats();
await pool.destroy();
rmSync(folder, { recursive: true });
console.log(JSON.stringify({ without, after, works, problems, count: classes[0].runMs.count }));
