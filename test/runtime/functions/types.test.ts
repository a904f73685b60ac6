import { defineWorker, JobResponse, moduleWorker, ProcessPool } from 'mproc-worker';
import { expectTypeOf, test } from 'vitest';

// Looked at by the compiler; the functions are never called.
const pool = () => new ProcessPool();
const resize = defineWorker(import.meta.url, async (path: string, job) => {
  expectTypeOf(job.signal).toEqualTypeOf<AbortSignal>();
  expectTypeOf(job.attempt).toEqualTypeOf<number>();
  return { path, bytes: 5 };
});
const length = defineWorker(import.meta.url, (text: string) => text.length);
const maybe = defineWorker(import.meta.url, (ok: boolean) =>
  ok ? JobResponse.success(1) : JobResponse.failure(new Error('no')),
);
const now = defineWorker(import.meta.url, () => 5);
const generic = defineWorker<number[], number>(import.meta.url, async (numbers) => numbers.length);

test('arguments and results are those of the function', () => {
  const use = async () => {
    const one = await pool().run(resize, 'a');
    expectTypeOf(one.orThrow()).toEqualTypeOf<{ path: string; bytes: number }>();
    const many = await pool().map(length, ['a']);
    expectTypeOf(many[0]!.orThrow()).toEqualTypeOf<number>();
    expectTypeOf((await pool().run(maybe, true)).orThrow()).toEqualTypeOf<number>();
    expectTypeOf((await pool().run(generic, [1])).orThrow()).toEqualTypeOf<number>();
    expectTypeOf((await pool().run(now)).orThrow()).toEqualTypeOf<number>();
    for await (const response of pool().imap(length, ['a']))
      expectTypeOf(response.orThrow()).toEqualTypeOf<number>();
    await pool().work([resize, length]);
    // @ts-expect-error: it takes a path
    await pool().run(resize, 5);
    // @ts-expect-error: it takes a path
    await pool().run(resize);
    // @ts-expect-error: they take paths
    await pool().map(resize, [5]);
    // @ts-expect-error: a bare function is no worker
    await pool().run((path: string) => path, 'a');
  };
  void use;
});

test('a function of a module has the types that are said, or its own', () => {
  const use = async () => {
    const said = moduleWorker<string, number>(new URL('./x.js', import.meta.url), 'x');
    expectTypeOf((await pool().run(said, 'a')).orThrow()).toEqualTypeOf<number>();
    type Own = (path: string) => Promise<Buffer>;
    const own = moduleWorker<Own>('/x.js', 'x');
    expectTypeOf((await pool().run(own, 'a')).orThrow()).toEqualTypeOf<Buffer>();
    // @ts-expect-error: it takes a path
    await pool().run(own, 5);
    // @ts-expect-error: a bare function takes no listeners
    moduleWorker<Own>('/x.js', 'x', { listeners: [] });
  };
  void use;
});

test('what setup gives is the resource of the jobs, and of teardown', () => {
  const query = defineWorker(
    import.meta.url,
    async (id: string, { resource }) => {
      expectTypeOf(resource).toEqualTypeOf<Map<string, number>>();
      return resource.get(id) ?? 0;
    },
    {
      setup: async () => new Map<string, number>(),
      teardown: (resource) => {
        expectTypeOf(resource).toEqualTypeOf<Map<string, number>>();
        resource.clear();
      },
    },
  );
  const use = async () => expectTypeOf((await pool().run(query, 'a')).orThrow()).toEqualTypeOf<number>();
  void use;
  defineWorker(import.meta.url, (_: string, job) => expectTypeOf(job.resource).toEqualTypeOf<undefined>());
});
