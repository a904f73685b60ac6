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
    ['g3', 'a child dies at each failpoint of the pool'],
    ['g4', 'parents are killed'],
    ['g7', 'values of all kinds cross'],
    ['g9', 'bytes of a queue change'],
    ['g10', 'pools are made and destroyed'],
    ['g11', 'the shared memory is too small'],
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

  test('g6: a module that cannot be loaded is its own call’s problem', async () => {
    const broken = { code: 'ERR_MODULE_LOAD', othersAnswered: true, recovers: true };
    expect(await measure('g6', '--smoke')).toMatchObject({
      throw: { ...broken, hasStack: true },
      exit: broken,
      segfault: broken,
    });
  }, 180_000);

  test('g8: destroy settles everything', async () => {
    expect(await measure('g8', '--smoke')).toMatchObject({ unsettled: 0, childrenLeft: 0 });
  }, 180_000);
});
