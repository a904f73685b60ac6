import { ProcessPool } from 'mproc-worker';
import { expect, test } from 'vitest';
import { Answers, Echo } from './jobs.worker.js';
import { provePool } from './prove-pool.js';

const MIB = 1024 * 1024;

test('a response that process returns is used as it is', () =>
  provePool({}, async (pool) => {
    const [good, bad, coded] = await pool.map(new Answers(), ['good', 'bad', 'coded'] as const);
    expect(good).toMatchObject({ ok: true, body: 'of its own', exitCode: 0, index: 0 });
    expect(bad).toMatchObject({ ok: false, exitCode: 42, error: { message: 'out of it' } });
    expect(bad!.error).toBeInstanceOf(RangeError);
    expect(coded).toMatchObject({ ok: false, exitCode: 9 });
    expect(good!.jobId).not.toBe('');
    expect(good!.attempts).toHaveLength(1);
  }));

test.each([64, 128])('a value of %i MB crosses both ways', (size) =>
  provePool({ processes: 1 }, async (pool) => {
    const value = Buffer.alloc(size * MIB, 7);
    value.writeUInt32LE(0xdeadbeef, value.length - 4);
    const { ok, body } = await pool.run(new Echo(), value);
    expect(ok).toBe(true);
    expect((body as Buffer).equals(value)).toBe(true);
    const { body: text } = await pool.run(new Echo(), { deep: ['x'.repeat(5 * MIB)] });
    expect((text as { deep: string[] }).deep[0]).toHaveLength(5 * MIB);
  }),
);

test('results that fill the ring wait for room and all arrive', () =>
  provePool({ processes: 2, memoryBytes: MIB }, async (pool) => {
    const values = Array.from({ length: 60 }, (_, at) => Buffer.alloc(15_000 + 100 * at, at));
    const responses = await pool.map(new Echo(), values);
    responses.forEach(({ body }, at) => {
      expect((body as Buffer).equals(values[at]!)).toBe(true);
    });
  }));

test('many large arguments take only so much shared memory at once', () =>
  provePool({ processes: 2 }, async (pool) => {
    const many = (function* () {
      for (let at = 0; at < 12; at += 1) yield Buffer.alloc(48 * MIB, at);
    })();
    let at = 0;
    for await (const { body } of pool.imap(new Echo(), many)) {
      expect((body as Buffer)[1_000]).toBe(at);
      at += 1;
    }
    expect(at).toBe(12);
  }));

test('a state larger than the pool’s memory travels', () =>
  provePool({ processes: 2, memoryBytes: MIB }, async (pool) => {
    const worker = Object.assign(new Echo(), { table: Buffer.alloc(8 * MIB, 3) });
    expect((await pool.map(worker, [1, 2, 3])).map(({ body }) => body)).toEqual([1, 2, 3]);
  }));

test('what a job returned is still there when the pool is gone', async () => {
  const pool = new ProcessPool(1);
  const { body } = await pool.run(new Echo(), {
    bytes: Buffer.from('still here'),
    list: new Float64Array([1, 2]),
  });
  await pool.destroy();
  const { bytes, list } = body as { bytes: Buffer; list: Float64Array };
  expect(bytes.toString()).toBe('still here');
  expect([...list]).toEqual([1, 2]);
});
