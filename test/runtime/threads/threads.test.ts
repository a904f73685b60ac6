import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const PROGRAM = fileURLToPath(new URL('./threads.program.mjs', import.meta.url));
const THREADS = 6;
const NOTHING = { children: 0, descriptors: 0, mappings: 0 };

interface Left {
  readonly held: Counts;
  readonly first: Counts;
  readonly last: Counts;
}

interface Counts {
  readonly children: number;
  readonly descriptors: number;
  readonly mappings: number;
}

async function left(how: string, loads: string): Promise<Left> {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, how, String(THREADS), loads]);
  return JSON.parse(stdout);
}

describe.runIf(process.platform === 'linux')('threads with a pool, a queue and large values', () => {
  test.each([
    ['is terminated, its children in endless loops', 'terminated'],
    ['ends by process.exit', 'exits'],
    ['closes all that it has', 'closes'],
  ])('a thread that %s leaves nothing, where its maker has loaded the library', async (_, how) => {
    expect(await left(how, 'loads')).toMatchObject({ first: NOTHING, last: NOTHING });
  });

  // How much of what a thread holds stays depends on the moment at which it is terminated; the next one takes it away.
  test('many that are terminated leave no more than one holds, where the library is loaded in them alone', async () => {
    const { held, first, last } = await left('terminated', 'does not');
    expect(held.children).toBe(2);
    for (const name of ['children', 'descriptors', 'mappings'] as const) {
      expect(last[name]).toBeLessThanOrEqual(held[name]);
      expect(last[name] - first[name]).toBeLessThan(THREADS - 1);
    }
  });
});
