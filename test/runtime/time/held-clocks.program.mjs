// Calls a pool while a test runner holds all clocks. Says what came of it.
// Arguments: who holds them (`node:test` or `fake-timers`), and when: `before` or `after` the library is loaded.
import { createRequire } from 'node:module';

const [by, when] = process.argv.slice(2);
const say = console.log;

async function hold() {
  if (by === 'node:test') {
    const { mock } = await import('node:test');
    mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate', 'Date'] });
    return;
  }
  // The library that sinon, Vitest and Jest have their fake timers from.
  const FakeTimers = createRequire(import.meta.url)('@sinonjs/fake-timers');
  FakeTimers.install({ toFake: Object.keys(FakeTimers.timers) });
}

async function call({ ProcessPool, RetryStrategy }, { FailTimes, Spin, Echo }) {
  const pool = new ProcessPool({ processes: 2, killTimeoutMs: 50, idleTimeoutMs: 50 });
  const failing = new FailTimes();
  failing.retryStrategy = new RetryStrategy({
    maxRetries: 3,
    type: 'later',
    backoff: { type: 'fixed', delayMs: 20 },
  });
  const many = await pool.map(
    new Echo(),
    Array.from({ length: 2_000 }, (_, index) => index),
  );
  const retried = await pool.run(failing, 2);
  const late = await pool.run(new Spin(), undefined, { timeoutMs: 100 });
  const read = [];
  for await (const { body } of pool.imap(new Echo(), [1, 2, 3])) read.push(body);
  await pool.close();
  say(
    JSON.stringify({
      many: many.filter(({ ok, body, index }) => ok && body === index).length,
      retried: [retried.ok, retried.attempts.length],
      late: late.error?.code,
      read,
    }),
  );
}

const library = () => Promise.all([import('mproc-worker'), import('./held-clocks.worker.mjs')]);
if (when === 'before') {
  await hold();
  await call(...(await library()));
} else {
  const loaded = await library();
  await hold();
  await call(...loaded);
}
