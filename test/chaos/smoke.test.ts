import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, type TestContext, test } from 'vitest';
import type { FigureResult, WantedSize } from './figure.js';
import { runFigure } from './figure-process.js';

const RUN = fileURLToPath(new URL('./run.ts', import.meta.url));

const BATCH_ENGINES = ['sqlite', 'postgres', 'redis', 'bullmq', 'nats', 'rabbitmq'] as const;
/** A file and a server. All are run by `npm run chaos -- batch`, and with MPROC_ENGINES=all. */
const IN_EVERY_RUN: readonly string[] = ['sqlite', 'redis'];
const batchEngines = BATCH_ENGINES.filter(
  (engine) => process.env.MPROC_ENGINES === 'all' || IN_EVERY_RUN.includes(engine),
);

type Batch = FigureResult & { readonly [Engine in (typeof BATCH_ENGINES)[number]]?: object } & {
  readonly notOnThisMachine?: readonly string[];
};

/** What `npm run chaos -- <name> --smoke` comes to. */
async function measure(name: string, wanted: WantedSize = {}): Promise<FigureResult> {
  const env = { ...process.env, QUEUE_ENGINES: batchEngines.join() };
  const figure = await runFigure(name, 'smoke', wanted, env);
  if (figure.seed !== undefined)
    console.log(`npm run chaos -- ${name} --smoke --seed ${figure.seed} draws the same again`);
  return figure;
}

/** What this machine does not allow is counted apart, and says why; a figure of a part of it says which. */
function skipWhereSkipped(context: TestContext, { name, skipped }: FigureResult): void {
  if (skipped === undefined) return;
  console.warn(`${name} is skipped: ${skipped}`);
  context.skip(skipped);
}

describe('at its smallest size', () => {
  test.for([
    ['g4', 'parents are killed'],
    ['g7', 'values of all kinds cross'],
    ['g9', 'bytes of a queue change'],
    ['g11', 'the shared memory is too small'],
    ['g14', 'calls to the system fail'],
  ])('%s holds: %s', async ([name = ''], context) => {
    const figure = await measure(name);
    skipWhereSkipped(context, figure);
    expect(figure).toMatchObject({ name, ok: true });
  });

  // Their goals are times, which a busy machine does not keep: what they count must be right all the same.
  test('g1: jobs outlive the kills of their processes', async () => {
    expect(await measure('g1', { jobs: 400 })).toMatchObject({
      responses: 400,
      succeeded: 400,
      inOrder: true,
      unfinished: 0,
      overlaps: 0,
      left: { children: 0, zombies: 0, segments: 0, descriptors: 0 },
    });
  });

  test('g2: a pool under a rain of kills answers everything, and is well when it is over', async () => {
    expect(await measure('g2')).toMatchObject({
      unsettled: 0,
      failed: 0,
      rejected: 0,
      healthyMs: expect.any(Number),
      left: { children: 0, zombies: 0, segments: 0, descriptors: 0 },
    });
  });

  test('g3: whoever dies at a failpoint of the pool or of a queue loses nothing', async () => {
    const figure = await measure('g3');
    expect(figure).toMatchObject({
      pool: { problems: [], fewestAtOne: 1 },
      queue: { problems: [], fewestAtOne: 1 },
      takeOverMs: { times: 3 },
      left: { children: 0, zombies: 0, segments: 0, descriptors: 0 },
    });
  });

  test('g5, by its command: a job whose process dies runs again', async () => {
    const args = ['--import', 'tsx', RUN, 'g5', '--rounds', '5', '--json', '--built'];
    // Its goal is a time, and the exit code tells whether it is reached.
    const { stdout } = await promisify(execFile)(process.execPath, args).catch((error) => error);
    expect(JSON.parse(stdout)).toMatchObject({ name: 'g5', rounds: 5, failed: 0 });
  });

  test('g6: a module that cannot be loaded is its own call’s problem', async () => {
    const broken = { code: 'ERR_MODULE_LOAD', othersAnswered: true, recovers: true };
    expect(await measure('g6')).toMatchObject({
      throw: { ...broken, hasStack: true },
      exit: broken,
      segfault: broken,
    });
  });

  test('g13: random words in the memory of a pool hang nobody, and change no value', async () => {
    expect(await measure('g13')).toMatchObject({
      wrong: 0,
      failed: 0,
      crashes: 0,
      hangs: 0,
      problems: [],
      modes: { descriptor: { words: 0 } },
    });
  });

  // So few show nothing of what memory they keep.
  test('g10: pools and queues that are made and destroyed leave nothing', async () => {
    const left = { children: 0, zombies: 0, segments: 0, descriptors: 0 };
    expect(await measure('g10')).toMatchObject({ pools: { left }, queues: { left } });
  });

  test('cluster: three hosts around one server answer everything, though one dies, one is cut off, and the server too', async (context) => {
    // The longest of them; two hosts and a server that goes away are in test/runtime/remote.
    if (process.env.MPROC_CHAOS !== 'all')
      context.skip('run by npm run chaos -- cluster, and with MPROC_CHAOS=all');
    const figure = await measure('cluster');
    skipWhereSkipped(context, figure);
    expect(figure).toMatchObject({ responses: 500, right: 500, killed: 1, restarts: 1, ok: true });
  });

  describe('batch: a call whose caller is killed again and again has all its answers in the end', () => {
    let figures: Promise<Batch>;
    beforeAll(() => {
      figures = measure('batch') as Promise<Batch>;
      figures.catch(() => {});
    });

    test.for(BATCH_ENGINES)('over %s', async (engine, context) => {
      if (!batchEngines.includes(engine)) context.skip('run by npm run chaos -- batch');
      const { notOnThisMachine = [], [engine]: figure } = await figures;
      if (notOnThisMachine.includes(engine)) {
        console.warn(`batch is skipped over ${engine}: it is not on this machine`);
        context.skip(`${engine} is not on this machine`);
      }
      expect(figure).toMatchObject({ responses: 300, right: 300, ok: true });
    });
  });

  test('g8: destroy settles everything', async () => {
    expect(await measure('g8')).toMatchObject({ unsettled: 0, childrenLeft: 0 });
  });
});
