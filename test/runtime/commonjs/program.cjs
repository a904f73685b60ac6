// @ts-check
// A program of CommonJS from beginning to end. It prints what it has found, as JSON.
const { ProcessPool, RetryStrategy, JobEvent } = require('mproc-worker');
const Alone = require('./alone.cjs');
const { Compares, Fails, Sums } = require('./sums.cjs');

async function main() {
  const imported = await import('mproc-worker');
  const required = /** @type {Record<string, unknown>} */ (require('mproc-worker'));
  const pool = new ProcessPool({ processes: 2 });
  /** @type {string[]} */
  const heard = [];
  const fails = new Fails();
  fails.retryStrategy = new RetryStrategy({ maxRetries: 1 });
  fails.addListener(JobEvent.Retry, (_, event) => void heard.push(event.type));
  const failed = await pool.run(fails, 'as asked');
  const found = {
    sums: (await pool.map(new Sums(), [[1, 2], [3]])).map(({ body }) => body),
    alone: (await pool.run(new Alone(), 1)).body,
    heard,
    error: failed.error instanceof imported.MprocError && failed.error.message,
    differing: Object.keys(imported).filter((name) => required[name] !== Reflect.get(imported, name)),
    differingInChild: (await pool.run(new Compares(), null)).body,
  };
  await pool.close();
  console.log(JSON.stringify(found));
}

void main();
