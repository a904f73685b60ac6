import { ProcessPool, SharedMemoryQueue } from 'mproc-worker';
import { afterAll, expect, test } from 'vitest';
import { EndProcess, Title } from '../pool/jobs.worker.js';
import { queuesOf, removeQueues } from './queues.js';

const space = `travels-${process.pid}`;

afterAll(() => removeQueues(space, ['jobs.Title', 'jobs.EndProcess']));

test('the title of a process names class and job, and nothing that the caller has named', async () => {
  const pool = new ProcessPool({ processes: 1, queues: queuesOf(space) });
  const batch = `secret-batch-${process.pid}`;
  const responses = await pool.map(new Title(), [0], { batch });
  const { title, jobId } = responses[0]!.body!;
  expect(title).toBe(`mproc Title ${jobId}`);
  expect(title).not.toContain('secret');
  await pool.close();
  await removeQueues(space, [`batch.${batch}`]);
});

test('what a process has written to its stderr does not go to other hosts with its error', async () => {
  const pool = new ProcessPool({ processes: 1, queues: queuesOf(space) });
  const seen: string[] = [];
  const put = SharedMemoryQueue.prototype.put;
  SharedMemoryQueue.prototype.put = function (values, options) {
    seen.push(
      JSON.stringify(values, (_key, value) =>
        value instanceof Error ? { ...value, m: value.message } : value,
      ),
    );
    return put.call(this, values, options);
  };
  try {
    const response = await pool.run(new EndProcess(), { how: 'abort' });
    expect(response).toMatchObject({
      ok: false,
      exitCode: 134,
      error: { code: 'ERR_PROCESS_CRASHED', stderr: '' },
    });
    expect(response.error!.message).toMatch(/was ended by SIGABRT while it ran job/);
    expect(response.attempts[0]!.error).toMatchObject({ code: 'ERR_PROCESS_CRASHED', stderr: '' });
    expect(seen.some((text) => text.includes('ERR_PROCESS_CRASHED'))).toBe(true);
    expect(seen.join()).not.toContain('last words');
  } finally {
    SharedMemoryQueue.prototype.put = put;
    await pool.close();
  }
});
