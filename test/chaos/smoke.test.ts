import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const RUN = fileURLToPath(new URL('./run.mjs', import.meta.url));

interface Figure {
  readonly name: string;
  readonly ok: boolean;
  readonly skipped?: string;
}

/** What `npm run chaos -- <name>` prints, at its smallest size. */
function measure(...args: string[]): Promise<Figure> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [RUN, ...args, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
    });
    child.on('close', (code) => {
      try {
        resolve(JSON.parse(text.trim().split('\n').at(-1)!));
      } catch {
        reject(new Error(`${args.join(' ')} ended with ${code} and said ${text}`));
      }
    });
  });
}

describe('at its smallest size', () => {
  test.each([
    ['g4', 'parents are killed'],
    ['g7', 'values of all kinds cross'],
    ['g9', 'bytes of a queue change'],
    ['g11', 'the shared memory is too small'],
    ['g14', 'calls to the system fail'],
  ])(
    '%s holds: %s',
    async (name) => {
      const figure = await measure(name, '--smoke');
      if (figure.skipped) console.log(`${name} is skipped: ${figure.skipped}`);
      expect(figure).toMatchObject({ name, ok: true });
    },
    180_000,
  );

  // Their goals are times, which a busy machine does not keep: what they count must be right all the same.
  test('g1: jobs outlive the kills of their processes', async () => {
    expect(await measure('g1', '--jobs', '400')).toMatchObject({
      responses: 400,
      succeeded: 400,
      inOrder: true,
      unfinished: 0,
      overlaps: 0,
      left: { children: 0, zombies: 0, segments: 0, descriptors: 0 },
    });
  }, 180_000);

  test('g2: a pool under a rain of kills answers everything, and is well when it is over', async () => {
    expect(await measure('g2', '--smoke')).toMatchObject({
      unsettled: 0,
      failed: 0,
      rejected: 0,
      healthyMs: expect.any(Number),
      left: { children: 0, zombies: 0, segments: 0, descriptors: 0 },
    });
  }, 180_000);

  test('g3: whoever dies at a failpoint of the pool or of a queue loses nothing', async () => {
    const figure = await measure('g3', '--smoke');
    expect(figure).toMatchObject({
      pool: { problems: [] },
      queue: { problems: [] },
      takeOverMs: { times: 3 },
      left: { children: 0, zombies: 0, segments: 0, descriptors: 0 },
    });
  }, 180_000);

  test('g5: a job whose process dies runs again', async () => {
    expect(await measure('g5', '--smoke')).toMatchObject({ rounds: 5, failed: 0 });
  }, 180_000);

  test('g6: a module that cannot be loaded is its own call’s problem', async () => {
    const broken = { code: 'ERR_MODULE_LOAD', othersAnswered: true, recovers: true };
    expect(await measure('g6', '--smoke')).toMatchObject({
      throw: { ...broken, hasStack: true },
      exit: broken,
      segfault: broken,
    });
  }, 180_000);

  test('g13: random words in the memory of a pool hang nobody, and change no value', async () => {
    expect(await measure('g13', '--smoke')).toMatchObject({
      wrong: 0,
      failed: 0,
      crashes: 0,
      hangs: 0,
      problems: [],
      modes: { descriptor: { words: 0 } },
    });
  }, 600_000);

  // So few show nothing of what memory they keep.
  test('g10: pools and queues that are made and destroyed leave nothing', async () => {
    const left = { children: 0, zombies: 0, segments: 0, descriptors: 0 };
    expect(await measure('g10', '--smoke')).toMatchObject({ pools: { left }, queues: { left } });
  }, 180_000);

  test('cluster: three hosts around one server answer everything, though one dies, one is cut off, and the server too', async () => {
    const figure = await measure('cluster', '--smoke');
    if (figure.skipped) console.log(`cluster is skipped: ${figure.skipped}`);
    else expect(figure).toMatchObject({ responses: 500, right: 500, killed: 1, restarts: 1, ok: true });
  }, 600_000);

  test('batch: a call whose caller is killed again and again has all its answers in the end, over each engine', async () => {
    const { notOnThisMachine, ...figure } = (await measure('batch', '--smoke')) as Figure & {
      notOnThisMachine?: string[];
    };
    if (notOnThisMachine) console.log(`batch is skipped over ${notOnThisMachine}: not on this machine`);
    expect(figure).toMatchObject({ sqlite: { responses: 300, right: 300 }, ok: true });
  }, 600_000);

  test('g8: destroy settles everything', async () => {
    expect(await measure('g8', '--smoke')).toMatchObject({ unsettled: 0, childrenLeft: 0 });
  }, 180_000);
});
