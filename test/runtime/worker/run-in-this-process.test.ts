import { JobEvent, JobResponse, RetryStrategy, Worker } from 'mproc-worker';
import { expect, test } from 'vitest';

class Doubles extends Worker<number, number> {
  static override readonly module = import.meta.url;
  failures = 0;
  protected override process(value: number): number {
    if (this.attempt <= this.failures) throw new Error(`attempt ${this.attempt} fails`);
    return value * 2;
  }
}

class Responds extends Worker<number, number> {
  static override readonly module = import.meta.url;
  protected override process(value: number) {
    return value > 0 ? JobResponse.success(value) : JobResponse.failure(new Error('not above 0'), 5);
  }
}

test('a worker runs its job without a pool', async () => {
  const worker = new Doubles();
  expect(worker.status).toBe('ready');
  const response = await worker.run(21);
  expect(response).toMatchObject({ ok: true, body: 42, exitCode: 0 });
  expect(response.attempts).toHaveLength(1);
  expect(worker.status).toBe('success');
  expect(worker.response).toBe(response);
  expect(response.jobId).toBe(worker.jobId);
});

test('a worker without a pool retries as its strategy says, and fires the events of each attempt', async () => {
  const worker = Object.assign(new Doubles(), { failures: 1 });
  worker.retryStrategy = new RetryStrategy({ maxRetries: 1, type: 'later', backoff: { delayMs: 1 } });
  const heard: string[] = [];
  for (const event of Object.values(JobEvent))
    worker.addListener(event, (_worker, { attempt }) => void heard.push(`${event} ${attempt}`));
  const response = await worker.run(1);
  expect(response).toMatchObject({ ok: true, body: 2 });
  expect(response.attempts.map(({ error }) => error?.message)).toEqual(['attempt 1 fails', undefined]);
  expect(heard).toEqual([
    'job.event.start 1',
    'job.event.running 1',
    'job.event.retry 1',
    'job.event.start 2',
    'job.event.running 2',
    'job.event.success 2',
  ]);
  worker.failures = 9;
  const failed = await worker.run(1);
  expect(failed).toMatchObject({ ok: false, error: { message: 'attempt 2 fails' }, exitCode: 1 });
  expect(failed.attempts).toHaveLength(2);
});

test('a worker without a pool waits before the next attempt as long as its strategy says', async () => {
  const worker = Object.assign(new Doubles(), { failures: 2 });
  worker.retryStrategy = new RetryStrategy({
    maxRetries: 2,
    type: 'later',
    backoff: { type: 'exponential', delayMs: 40 },
  });
  const heard: [string, number, number][] = [];
  worker.addListener(JobEvent.Retry, (_worker, { attempt, delayMs }) => {
    heard.push(['retry', attempt, delayMs!], ['at', attempt, performance.now()]);
  });
  worker.addListener(
    JobEvent.Start,
    (_worker, { attempt }) => void heard.push(['start', attempt, performance.now()]),
  );
  expect(await worker.run(1)).toMatchObject({ ok: true, body: 2 });
  expect(heard.map(([what]) => what)).toEqual(['start', 'retry', 'at', 'start', 'retry', 'at', 'start']);
  const waits = [heard[3]![2] - heard[2]![2], heard[6]![2] - heard[5]![2]];
  expect([heard[1]![2], heard[4]![2]]).toEqual([40, 80]);
  // A timer of Node.js may come a millisecond early.
  expect(waits[0]).toBeGreaterThanOrEqual(39);
  expect(waits[1]).toBeGreaterThanOrEqual(79);
});

test('a response of its own is what a worker answers', async () => {
  expect(await new Responds().run(3)).toMatchObject({ ok: true, body: 3 });
  expect(await new Responds().run(0)).toMatchObject({ ok: false, exitCode: 5 });
});

test('a worker that is canceled before it starts never does', async () => {
  const worker = new Doubles();
  let began = false;
  worker.addListener(JobEvent.Start, () => {
    began = true;
  });
  worker.cancel();
  expect((await worker.run(1)).error).toMatchObject({ code: 'ERR_JOB_CANCELED' });
  expect(began).toBe(false);
  expect(worker.status).toBe('canceled');
});

test('a listener that is added twice is called once, and an observer is told', async () => {
  const worker = new Doubles();
  let calls = 0;
  const listener = () => {
    calls += 1;
  };
  worker.addListener(JobEvent.Success, listener).addListener(JobEvent.Success, listener);
  worker.addListener(JobEvent.Success, {
    notify: () => {
      calls += 10;
    },
  });
  await worker.run(1);
  expect(calls).toBe(11);
});
