import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import type { Job } from '../../../runtime/src/pool/jobs/job.js';
import { RetrySchedule } from '../../../runtime/src/pool/jobs/retry-schedule.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test('jobs that were taken out are not kept until their time has come', async () => {
  const schedule = new RetrySchedule(
    () => 0,
    () => {},
  );
  const stays = {} as Job;
  schedule.add(stays, 600_000);
  const taken: WeakRef<Job>[] = [];
  for (let n = 0; n < 1_000; n += 1) {
    const job = {} as Job;
    taken.push(new WeakRef(job));
    schedule.add(job, 600_001 + n);
    expect(schedule.remove(job)).toBe(true);
  }
  await new Promise((resolve) => setTimeout(resolve, 5));
  collectGarbage();
  expect(taken.filter((ref) => ref.deref() !== undefined).length).toBeLessThan(200);
  expect(schedule.jobs()).toEqual([stays]);
  schedule.clear();
});

test('jobs come in the order of their times, whatever was taken out between them', async () => {
  let now = 0;
  const came: number[] = [];
  const jobs = Array.from({ length: 500 }, (_, index) => ({ index }) as Job);
  const schedule = new RetrySchedule(
    () => now,
    (due) => came.push(...due.map(({ index }) => index)),
  );
  // 7 has no divisor in common with 500, so that each time comes once.
  for (const job of jobs) schedule.add(job, 1 + ((job.index * 7) % 500));
  for (const job of jobs) if (job.index % 3 !== 0) schedule.remove(job);
  now = 1_000;
  while (schedule.size > 0) await new Promise((resolve) => setTimeout(resolve, 2));
  const expected = jobs.filter(({ index }) => index % 3 === 0).map(({ index }) => index);
  expected.sort((a, b) => ((a * 7) % 500) - ((b * 7) % 500));
  expect(came).toEqual(expected);
});
