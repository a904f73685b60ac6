import { JobEvent, ProcessPool, SharedMemoryQueue } from 'mproc-worker';
import { afterAll, expect, test } from 'vitest';
import { Does } from '../functions/modules/parity.mjs';
import { SCENARIOS } from '../pool/scenarios.js';
import { queuesOf, removeQueues } from './queues.js';

const space = `same-${process.pid}`;
afterAll(() => removeQueues(space, ['jobs.Does', 'control']));

/** The others hear of attempts while they run, which listeners of a caller do not, or use functions without a name. */
const ALSO_OVER_QUEUES = [
  'values, in order',
  'an async input, and imap',
  'what cannot be sent',
  'what is thrown',
  'progress, and the input of each job',
  'time limits and retries after them',
];

test('calls over queues are answered as those of a pool without', async () => {
  const here = new ProcessPool({ processes: 1 });
  const over = new ProcessPool({ processes: 1, queues: queuesOf(space) });
  for (const name of ALSO_OVER_QUEUES)
    expect(await SCENARIOS[name]!(over), name).toEqual(await SCENARIOS[name]!(here));
  await here.close();
  await over.close();
});

/** What the job's own listeners hear at its end. */
async function heardOf(pool: ProcessPool, args: object, wait?: (jobId: string) => Promise<unknown>) {
  const heard: unknown[] = [];
  const worker = new Does();
  for (const event of [JobEvent.Success, JobEvent.Failed, JobEvent.Canceled])
    worker.addListener(event, (_, { type, kind, error }) => {
      heard.push([type, kind, (error as { code?: string } | undefined)?.code]);
    });
  const call = pool.run(worker, args as never, { timeoutMs: wait ? 600_000 : 1_000 });
  await wait?.(call.jobId);
  await call;
  return heard;
}

test('listeners hear of which kind a failure was, and that a job was canceled before it began', async () => {
  const here = new ProcessPool({ processes: 1 });
  const over = new ProcessPool({ processes: 1, queues: queuesOf(space) });
  const caller = new ProcessPool({ processes: 0, queues: queuesOf(space) });
  for (const args of [{ value: 1 }, { times: 1 }, { value: () => 1 }, { what: 'waits', ms: 600_000 }])
    expect(await heardOf(over, args)).toEqual(await heardOf(here, args));
  await over.close();
  // Nobody serves it any more.
  const cancel = async (jobId: string) => {
    const queue = SharedMemoryQueue.open(`${space}.jobs.Does`);
    await expect.poll(async () => (await queue.counts()).ready).toBe(1);
    await queue.close();
    expect(await caller.cancel(jobId)).toBe(true);
  };
  expect(await heardOf(caller, {}, cancel)).toEqual([[JobEvent.Canceled, undefined, 'ERR_JOB_CANCELED']]);
  await caller.close();
  await here.close();
});

test('of many jobs of a call, those that cannot be sent fail alone', async () => {
  const over = new ProcessPool({ processes: 1, queues: queuesOf(space) });
  const inputs = Array.from({ length: 600 }, (_, n) => ({
    what: 'value',
    value: n % 97 === 5 ? () => n : n,
  }));
  const responses = await over.map(new Does(), inputs);
  const refused = responses.filter(({ ok }) => !ok);
  expect(refused.map(({ index }) => index)).toEqual([5, 102, 199, 296, 393, 490, 587]);
  expect(refused.every(({ error }) => error?.message === 'args.value is a function')).toBe(true);
  expect(responses.filter(({ ok, body, index }) => ok && body === index)).toHaveLength(593);
  expect(over.stats()).toMatchObject({ outstanding: 0, failed: 7 });
  const submitted = over.submit(new Does(), { value: [new WeakMap()] } as never);
  await expect(submitted).rejects.toMatchObject({ code: 'ERR_VALUE', path: 'args.value[0]' });
  await over.close();
});
