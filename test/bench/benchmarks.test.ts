import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Others have servers or projects of their own to make, and tests beside them. */
const OWN =
  /^(map|roundtrip|payload|shared|start|scale|many|stream|memory|idle|short|busy|sizes|create|curves|profile)\.mjs$/;

/** Each starts all its subjects. The others go the same ways. */
const IN_EVERY_RUN = /^(map|roundtrip|payload|shared|scale|many|stream)$/;
const runsAll = process.env.MPROC_BENCHES === 'all';

interface Row {
  readonly subject: string;
  readonly value: number | null;
  readonly unit: string;
}
interface Result {
  readonly name: string;
  readonly ratio: number | null;
  readonly goal?: number;
  readonly ok: boolean;
  readonly rows: readonly Row[];
}

const run = promisify(execFile);

async function bench(...args: string[]): Promise<Result[]> {
  const { stdout } = await run(process.execPath, ['bench/run.mjs', ...args], { cwd: ROOT });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Result);
}

/** Asked for at once, and once. */
const SEVERAL = ['shared', 'scale'];
let asked: Promise<Result[]> | undefined;

function several(): Promise<Result[]> {
  asked ??= bench(...SEVERAL, '--tiny', '--json');
  return asked;
}

async function ofSeveral(name: string): Promise<Result | undefined> {
  return (await several())[SEVERAL.indexOf(name)];
}

const files = readdirSync(`${ROOT}bench`).filter((file) => OWN.test(file));

test('every benchmark of the table is there', () => {
  expect(files).toHaveLength(16);
});

test.for(files.map((file) => file.replace(/\.mjs$/, '')))(
  'benchmark %s measures all its subjects, whose results are right',
  async (name, context) => {
    if (!runsAll && !IN_EVERY_RUN.test(name)) context.skip('run with MPROC_BENCHES=all');
    const [result] = SEVERAL.includes(name) ? [await ofSeveral(name)] : await bench(name, '--tiny', '--json');
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
