import { ProcessPool } from 'mproc-worker';
import { expect, expectTypeOf, test } from 'vitest';
import { queuesOf, removeQueues } from '../remote/queues.js';
import { Echo, Later, RefusesInput } from './jobs.worker.js';
import { provePool, until } from './prove-pool.js';

async function* slowly<T>(values: readonly T[]): AsyncGenerator<T> {
  yield* values;
}

test('map gives bodies, or throws the error of the first job that fails and stops the rest', () =>
  provePool({ processes: 2 }, async (pool) => {
    const many = Array.from({ length: 3_000 }, (_, index) => index);
    expect(await pool.map(new Echo(), many, { orThrow: true })).toEqual(many);
    expect(await pool.map(new Echo(), slowly([undefined, null, 'a']), { orThrow: true })).toEqual([
      undefined,
      null,
      'a',
    ]);
    expect(await pool.map(new Echo(), [], { orThrow: true })).toEqual([]);
    const failing = pool.map(new RefusesInput(), ['itself', 'itself'], { orThrow: true });
    await expect(failing).rejects.toMatchObject({ code: 'ERR_NO_RETRY', message: 'row 7 is no number' });
    const values = [60_000, () => 1, 60_000, 60_000] as number[];
    await expect(pool.map(new Later(), values, { orThrow: true })).rejects.toMatchObject({
      code: 'ERR_VALUE',
    });
    await until(() => pool.stats().outstanding === 0);
    for (const refused of [
      () => pool.run(new Echo(), 1, { orThrow: true } as object),
      () => pool.imap(new Echo(), [], { orThrow: true } as object),
    ])
      await expect((async () => refused())()).rejects.toMatchObject({
        code: 'ERR_OPTION',
        message: /orThrow is an option of map alone.*response\.orThrow\(\)/,
      });
    await expect(pool.map(new Echo(), [], { orThrow: 1 } as never)).rejects.toMatchObject({
      code: 'ERR_OPTION',
    });
  }));

test('responses have the input of their jobs where that is asked for', () =>
  provePool({ processes: 2 }, async (pool) => {
    const inputs = [{ n: 1 }, { n: 2 }, { n: () => 1 }];
    const responses = await pool.map(new Echo(), inputs, { keepInputs: true });
    for (const response of responses) expect(response.input).toBe(inputs[response.index]);
    expect(responses.map(({ ok }) => ok)).toEqual([true, true, false]);
    expect(JSON.parse(JSON.stringify(responses[0]))).toMatchObject({ body: { n: 1 }, input: { n: 1 } });
    const many = Array.from({ length: 2_000 }, (_, index) => index);
    const iterated = await pool.map(new Echo(), slowly(many), { keepInputs: true });
    expect(iterated.map((response) => response.input)).toEqual(many);
    for await (const response of pool.imapUnordered(new Echo(), many.slice(0, 50), { keepInputs: true }))
      expect(response.input).toBe(response.body);
    expect((await pool.run(new Echo(), 'a', { keepInputs: true })).input).toBe('a');
    const without = await pool.run(new Echo(), 'a');
    expect([without.input, 'input' in without]).toEqual([undefined, false]);
  }));

test('both over a queue that others serve', async () => {
  const space = `bodies-${process.pid}`;
  const pool = new ProcessPool({ processes: 1, queues: queuesOf(space) });
  expect(await pool.map(new Echo(), [1, 2], { orThrow: true })).toEqual([1, 2]);
  expect((await pool.map(new Echo(), [1, 2], { keepInputs: true })).map(({ input }) => input)).toEqual([
    1, 2,
  ]);
  await pool.close();
  await removeQueues(space, ['jobs.Echo']);
});

test('types: bodies, inputs, and the code of an error', () => {
  const use = async (pool: ProcessPool) => {
    expectTypeOf(await pool.map(new Later(), [1], { orThrow: true })).toEqualTypeOf<number[]>();
    const [response] = await pool.map(new Later(), [1], { keepInputs: true });
    expectTypeOf(response!.input).toEqualTypeOf<number>();
    expectTypeOf((await pool.run(new Later(), 1, { keepInputs: true })).input).toEqualTypeOf<number>();
    for await (const { input } of pool.imap(new Later(), [1], { keepInputs: true }))
      expectTypeOf(input).toEqualTypeOf<number>();
    for await (const { input } of pool.imapUnordered(new Later(), [1], { keepInputs: true }))
      expectTypeOf(input).toEqualTypeOf<number>();
    const { error } = await pool.run(new Later(), 1);
    expectTypeOf(error!.stderr).toEqualTypeOf<string | undefined>();
    if (error?.code === 'ERR_JOB_TIMEOUT') return error.message;
    expectTypeOf(error!.code).toExtend<string | undefined>();
    const plain = await pool.map(new Later(), [1]);
    expectTypeOf(plain[0]!.orThrow()).toEqualTypeOf<number>();
    return undefined;
  };
  void use;
});
