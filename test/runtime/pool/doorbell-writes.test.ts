import { RetryStrategy } from 'mproc-worker';
import { describe, expect, test } from 'vitest';
import { cancelFrame } from '../../../runtime/src/pool/transport/cancel-request.js';
import { frameOf } from '../../../runtime/src/pool/transport/message-frames.js';
import { Writes } from './doorbell-writes.worker.js';
import { Echo } from './jobs.worker.js';
import { provePool } from './prove-pool.js';

const HEAD = Buffer.alloc(5);

describe('a job that writes to its process’s doorbell', () => {
  test.each([
    ['text', Buffer.from('a line of a log\n')],
    ['what might begin a message', Buffer.from([2, 255, 255, 255, 127, 1, 1, 1, 1, 1, 1])],
    ['much', Buffer.alloc(2_000_000, 'much of it ')],
  ])('has its process ended for it, and is tried again under its strategy: %s', (_, bytes) =>
    provePool({ processes: 2 }, async (pool) => {
      const others = pool.map(new Echo(), [1, 2, 3]);
      const once = await pool.run(new Writes(), { bytes, inAttempt: 1 });
      expect(once).toMatchObject({
        ok: false,
        error: { code: 'ERR_PROCESS_CORRUPT', message: expect.stringContaining('doorbell') },
      });
      const worker = new Writes();
      worker.retryStrategy = new RetryStrategy({ maxRetries: 1, type: 'immediately' });
      expect(await pool.run(worker, { bytes, inAttempt: 1 })).toMatchObject({
        ok: true,
        body: 'well-behaved',
      });
      expect((await others).map(({ body }) => body)).toEqual([1, 2, 3]);
      expect(pool.stats().restarts).toMatchObject({ corrupt: 2, crashed: 0 });
      const answers = await pool.broadcast(Writes, 'heard');
      expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 'fulfilled'));
    }),
  );

  test.each([
    ['an answer that nobody waits for', frameOf(Buffer.from([9, 9, 0, 0, 0, 9, 9]))],
    ['less than an answer', frameOf(Buffer.from([1, 0]))],
    ['nothing', frameOf()],
    ['the wish to cancel a job that there is not', cancelFrame('none.1.1')],
    ['a very long one', cancelFrame('x'.repeat(70_000))],
    ['the wish for a trace, in no JSON', frameOf(HEAD, Buffer.from('{'))],
    ['one that is none', frameOf(HEAD, Buffer.from('{"file":1,"forMs":-1}'))],
  ])('changes nothing by a message that the parent has no use for: %s', (_, bytes) =>
    provePool({ processes: 1 }, async (pool) => {
      const controller = new AbortController();
      const running = pool.run(new Writes(), { bytes, inAttempt: 1 }, { signal: controller.signal });
      const [answer] = await pool.broadcast(Writes, 'heard');
      expect(answer).toMatchObject({ status: 'fulfilled', value: 'heard' });
      expect(pool.stats().spawned).toBe(1);
      controller.abort();
      await expect(running).rejects.toThrow();
    }),
  );
});
