import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { BenchResult } from '../../bench/measure/benchmark.js';
import { buildBenchmark } from '../../bench/measure/build-benchmark.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Others have servers or projects of their own to make, and tests beside them. */
const OWN =
  /^(map|roundtrip|payload|shared|start|scale|many|stream|memory|idle|short|busy|sizes|real|server|create|curves|profile)\.ts$/;

/** Each starts all its subjects. The others go the same ways. */
const IN_EVERY_RUN = /^(map|roundtrip|payload|shared|scale|many)$/;
const runsAll = process.env.MPROC_BENCHES === 'all';

const run = promisify(execFile);

/** What `npm run bench` starts. */
function bench(...args: string[]): Promise<BenchResult[]> {
  return resultsOf('--import', 'tsx', 'bench/run.ts', ...args);
}

/** What that starts for one benchmark. */
async function benchOne(name: string): Promise<BenchResult[]> {
  return resultsOf(await buildBenchmark(name), '--tiny', '--json');
}

async function resultsOf(...args: string[]): Promise<BenchResult[]> {
  const { stdout } = await run(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, BENCH_WARM_MS: '20' },
  });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as BenchResult);
}

/** Asked for at once, and once. */
const SEVERAL = ['shared', 'scale'];
let asked: Promise<BenchResult[]> | undefined;

function several(): Promise<BenchResult[]> {
  asked ??= bench(...SEVERAL, '--tiny', '--json');
  return asked;
}

async function ofSeveral(name: string): Promise<BenchResult | undefined> {
  return (await several())[SEVERAL.indexOf(name)];
}

const files = readdirSync(`${ROOT}bench`).filter((file) => OWN.test(file));

test('every benchmark of the table is there', () => {
  expect(files).toHaveLength(18);
});

test.for(files.map((file) => file.replace(/\.ts$/, '')))(
  'benchmark %s measures all its subjects, whose results are right',
  async (name, context) => {
    if (!runsAll && !IN_EVERY_RUN.test(name)) context.skip('run with MPROC_BENCHES=all');
    const [result] = SEVERAL.includes(name) ? [await ofSeveral(name)] : await benchOne(name);
    expect(result).toMatchObject({ name, ok: expect.any(Boolean) });
    expect(result!.rows.length).toBeGreaterThan(1);
    for (const { subject, value, unit } of result!.rows) {
      expect(value, subject).toEqual(expect.any(Number));
      expect(unit, subject).not.toBe('');
    }
    if (result!.goal !== undefined) expect(result!.ratio).toEqual(expect.any(Number));
  },
);

test('several benchmarks print a line of JSON each', async () => {
  expect((await several()).map(({ name }) => name)).toEqual(SEVERAL);
});

test('an unknown name is refused with those that exist', async () => {
  const failed = (await bench('mapp').catch((error) => error)) as { code: number; stderr: string };
  expect(failed.code).toBe(2);
  expect(failed.stderr).toMatch(/there is no benchmark mapp\. Benchmarks: map, roundtrip, /);
});
