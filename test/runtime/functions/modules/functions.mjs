import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { defineWorker, JobEvent, NoRetry, RetryStrategy } from 'mproc-worker';

export const square = defineWorker(import.meta.url, (number) => number * number);

export const later = defineWorker(import.meta.url, async (ms) => {
  await delay(ms);
  return process.pid;
});

export const about = defineWorker(
  import.meta.url,
  async (value, { id, attempt, signal, progress, logger }) => {
    progress(value);
    return { id, attempt, aborted: signal.aborted, logs: typeof logger.warn, title: process.title };
  },
);

/** Goes through a helper, which alone looks at the job. */
export const helped = defineWorker(import.meta.url, (value, job) => tell(value, job));
function tell(value, job) {
  job.progress(value);
  return value;
}

export const untilAborted = defineWorker(import.meta.url, async (file, { signal }) => {
  writeFileSync(file, 'begun');
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  writeFileSync(file, 'aborted');
});

export const spins = defineWorker(
  import.meta.url,
  () => {
    for (;;);
  },
  { timeoutMs: 200 },
);

export const fails = defineWorker(
  import.meta.url,
  async function fails({ times, how }, { attempt }) {
    if (how === 'no retry') throw new NoRetry('of no use');
    if (how === 'crash' && attempt <= times) process.exit(3);
    if (attempt <= times) throw new Error(`attempt ${attempt}`);
    return attempt;
  },
  { strategy: new RetryStrategy({ maxRetries: 3 }) },
);

const heard = [];
export const listened = defineWorker(import.meta.url, () => [...heard], {
  name: 'listened',
  listeners: { [JobEvent.Start]: (worker, event) => heard.push(`${event.type} ${worker.constructor.name}`) },
});

/** The same code twice: only their order tells them apart. */
const constant = (value) => defineWorker(import.meta.url, () => value);
export const one = constant(1);
export const two = constant(2);

const renamed = defineWorker(import.meta.url, () => 'renamed');

export { renamed as underAnotherName };

export default defineWorker(import.meta.url, () => 'default');

export const kept = defineWorker(import.meta.url, (file) => existsSync(file));

const hidden = defineWorker(import.meta.url, () => 'never');
export const getHidden = () => hidden;
