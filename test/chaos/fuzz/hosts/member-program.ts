// node member-program.mjs <file of its part>: a host that serves until SIGTERM, or a caller that tells its responses.
import { readFileSync } from 'node:fs';
import { ProcessPool, RetryStrategy } from 'mproc-worker';
import { type Place, queuesAt } from './queues.js';
import { Served, type ServedJob } from './served.worker.js';
import { type CallerPlan, type HostSettings, MAX_RETRIES } from './settings.js';

export interface Part {
  readonly place: Place;
  readonly journal: string;
  readonly settings: Pick<HostSettings, 'processes' | 'concurrency' | 'leaseMs'>;
  /** Absent: a host. */
  readonly caller?: CallerPlan;
  readonly batch?: string;
}

const part = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as Part;
const { processes, concurrency, leaseMs } = part.settings;
const pool = new ProcessPool({
  processes: part.caller?.processes ?? processes,
  concurrency,
  leaseMs,
  maxAttempts: 1_000,
  queues: await queuesAt(part.place),
});

function worker(): Served {
  const served = new Served();
  served.journal = part.journal;
  served.retryStrategy = new RetryStrategy({ maxRetries: MAX_RETRIES });
  return served;
}

async function answers({ form, jobs }: CallerPlan): Promise<unknown[]> {
  switch (form) {
    case 'map':
      return pool.map(worker(), jobs);
    case 'batch':
      return pool.map(worker(), jobs, { batch: part.batch! });
    case 'runs':
      return Promise.all(jobs.map((job: ServedJob) => pool.run(worker(), job)));
    case 'submit':
      return Promise.all(jobs.map((job: ServedJob) => pool.submit(worker(), job)));
  }
}

if (part.caller === undefined) {
  const stopping = new AbortController();
  process.once('SIGTERM', () => stopping.abort());
  console.log('serving');
  await pool.work([Served], { signal: stopping.signal });
} else console.log(JSON.stringify(await answers(part.caller)));
await pool.close();
