import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RetryStrategy, Worker } from 'mproc-worker';
import { describe, expect, test } from 'vitest';
import { HangsOnLoad } from './hangs-on-load.worker.js';
import { Echo } from './jobs.worker.js';
import { LoadsLate } from './loads-late.worker.js';
import { expectAllOk, provePool, until } from './prove-pool.js';

class WithoutModule extends Worker<number, number> {
  protected override process(value: number): number {
    return value;
  }
}

class NotExported extends Worker<number, number> {
  static override readonly module = new URL('./jobs.worker.ts', import.meta.url).href;
  protected override process(value: number): number {
    return value;
  }
}

class Elsewhere extends Worker<number, number> {
  static override readonly module = new URL('./there-is-no-such.worker.ts', import.meta.url).href;
  protected override process(value: number): number {
    return value;
  }
}

test('a job that is aborted while its module loads hears of it when it begins', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mproc-loads-late-'));
  const env = { ...process.env, MPROC_TEST_LOADS: folder };
  await provePool({ processes: 1, killTimeoutMs: 60_000, env }, async (pool) => {
    const controller = new AbortController();
    const call = pool.run(new LoadsLate(), 1, { signal: controller.signal });
    await until(() => existsSync(join(folder, 'loading')));
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: 'ABORT_ERR' });
    writeFileSync(join(folder, 'go'), '');
    // The file is there before what it says is.
    await until(() => existsSync(join(folder, 'begun')) && readFileSync(join(folder, 'begun')).length > 0);
    expect(readFileSync(join(folder, 'begun'), 'utf8')).toBe('aborted: true');
  });
  rmSync(folder, { recursive: true });
});

describe('a worker', () => {
  test('whose class does not say where it is is refused, with what to write', () =>
    provePool({}, async (pool) => {
      const refused = {
        code: 'ERR_WORKER_MODULE',
        message: expect.stringMatching(/WithoutModule.*module = import\.meta\.url/),
      };
      await expect(pool.run(new WithoutModule(), 1)).rejects.toMatchObject(refused);
      await expect(pool.map(new WithoutModule(), [1])).rejects.toMatchObject(refused);
      expect(() => pool.imap(new WithoutModule(), [1])).toThrow(expect.objectContaining(refused));
    }));

  test('whose module does not export it is told what the module exports', () =>
    provePool({}, async (pool) => {
      const call = pool.map(new NotExported(), [1, 2, 3]);
      await expect(call).rejects.toMatchObject({
        code: 'ERR_MODULE_LOAD',
        cause: {
          code: 'ERR_WORKER_NOT_FOUND',
          message: expect.stringMatching(/NotExported; it exports .*Echo/),
        },
      });
    }));

  test('whose module is not there is told so', () =>
    provePool({}, async (pool) => {
      await expect(pool.run(new Elsewhere(), 1)).rejects.toMatchObject({
        code: 'ERR_MODULE_LOAD',
        message: expect.stringMatching(/there-is-no-such/),
      });
    }));

  test('that is no worker at all is a mistake of the programmer', () =>
    provePool({}, async (pool) => {
      for (const worker of [{}, undefined, Echo, 'Echo'])
        await expect(pool.run(worker as never, 1)).rejects.toMatchObject({ code: 'ERR_OPTION' });
    }));
});

describe.each(['await', 'loop'])('a module that hangs on load (%s)', (how) => {
  const folder = mkdtempSync(join(tmpdir(), 'mproc-hangs-'));
  const mended = join(folder, 'mended');
  const env = { ...process.env, MPROC_TEST_HANGS: how, MPROC_TEST_MENDED: mended };

  test('is stopped by the time limit of its jobs; others go on, and it works when it is mended', () =>
    provePool({ env, killTimeoutMs: 50 }, async (pool) => {
      const hung = pool.run(new HangsOnLoad(), 1, { timeoutMs: 200 });
      expectAllOk(await pool.map(new Echo(), [1, 2, 3]), 3);
      const response = await hung;
      expect(response).toMatchObject({ ok: false, error: { code: 'ERR_JOB_TIMEOUT' } });
      expect(response.attempts).toHaveLength(1);
      expect(response.attempts[0]!.queuedMs).toBeGreaterThanOrEqual(0);
      expect(response.attempts[0]!.runMs).toBeGreaterThanOrEqual(5_000);

      // Again and again is the module's fault, and ends the call: not each of its jobs has to wait for it.
      const many = pool.map(new HangsOnLoad(), Array(500).fill(1), { timeoutMs: 200 });
      await expect(many).rejects.toMatchObject({
        code: 'ERR_MODULE_LOAD',
        cause: { code: 'ERR_JOB_TIMEOUT' },
      });

      const patient = new HangsOnLoad();
      patient.retryStrategy = new RetryStrategy({ maxRetries: 2 });
      const later = pool.run(patient, 7, { timeoutMs: 200 });
      setTimeout(() => writeFileSync(mended, ''), 1_000);
      expect(await later).toMatchObject({ ok: true, body: 7 });
      rmSync(folder, { recursive: true });
    }));
});
