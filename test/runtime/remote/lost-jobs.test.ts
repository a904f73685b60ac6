import { SharedMemoryQueue } from 'mproc-worker';
import { expect, test } from 'vitest';
import type { Job } from '../../../runtime/src/pool/jobs/job.js';
import { LostJobs } from '../../../runtime/src/pool/remote/lost-jobs.js';

test('jobs that have vanished from their queue are put again once, however long that takes', async () => {
  const queue = SharedMemoryQueue.open(`lost-jobs-${process.pid}`);
  try {
    const job = { jobId: 'a.1.0', answered: false } as Job;
    const putAgain: string[][] = [];
    let isPut = () => {};
    const lost = new LostJobs({
      waiting: () => new Map([[job.jobId, job]]),
      fail: () => {},
      putAgain: (jobs) => {
        putAgain.push(jobs.map(({ jobId }) => jobId));
        return new Promise((resolve) => {
          isPut = resolve;
        });
      },
    });
    await lost.look([queue]);
    const second = lost.look([queue]);
    await expect.poll(() => putAgain).toEqual([['a.1.0']]);
    await lost.look([queue]);
    await lost.look([queue]);
    expect(putAgain).toHaveLength(1);
    isPut();
    await second;
  } finally {
    await queue.destroy();
  }
});
