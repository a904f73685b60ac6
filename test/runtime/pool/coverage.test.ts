import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { ProgramFolder, runners } from './typescript/program-folder.js';

/** Each runs several programs, which on a busy machine take their time; nothing is measured by it. */
vi.setConfig({ testTimeout: 600_000 });

const CHECKOUT = fileURLToPath(new URL('../../../', import.meta.url));
const WORKER = `import { Worker } from 'mproc-worker';
export class Covered extends Worker<unknown, string> {
  static override readonly module: string = import.meta.url;
  protected override async process(given: unknown): Promise<string> {
    if (given === 'wait') await new Promise(() => void setInterval(() => {}, 1_000));
    return inChildAlone(given);
  }
}
function inChildAlone(given: unknown): string {
  return String(given);
}
`;

let folder: ProgramFolder;
beforeAll(() => {
  folder = new ProgramFolder({
    'covered.worker.ts': WORKER,
    'main.ts': `import { ProcessPool } from 'mproc-worker';
import { Covered } from './covered.worker.ts';
const [how] = process.argv.slice(2);
const pool = new ProcessPool({ processes: 2, ...(how === 'recycle' && { maxJobsPerProcess: 1 }) });
if (how === 'time') await pool.run(new Covered(), 'wait', { timeoutMs: 300 });
await pool.map(new Covered(), [1, 2, 3]);
await (how === 'destroy' ? pool.destroy() : pool.close());
`,
    'covered.test.mjs': `import assert from 'node:assert';
import { test } from 'node:test';
import { ProcessPool } from 'mproc-worker';
import { Doubled } from './doubled.worker.mjs';
test('doubles', async () => {
  const pool = new ProcessPool(1);
  assert.equal((await pool.run(new Doubled(), 21)).body, 42);
  await pool.destroy();
});`,
    'doubled.worker.mjs': `import { Worker } from 'mproc-worker';
export class Doubled extends Worker {
  static module = import.meta.url;
  process(given) {
    if (given < 0) {
      return 'never';
    }
    return 2 * given;
  }
}`,
  });
  // As it is installed: Node.js 20 reports nothing at all where a file outside of `node_modules` has a source map.
  const installed = join(folder.path, 'node_modules/mproc-worker');
  rmSync(installed);
  for (const part of ['dist', 'package.json'])
    cpSync(join(CHECKOUT, 'runtime', part), join(installed, part), { recursive: true });
  symlinkSync(join(CHECKOUT, 'node_modules/koffi'), join(folder.path, 'node_modules/koffi'));
});
afterAll(() => folder.remove());

interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly {
      readonly functionName: string;
      readonly ranges: readonly { readonly count: number }[];
    }[];
  }[];
}

/** How often a function of the worker's module has been called in each process that has loaded it. */
function callsOf(functionName: string, directory: string): number[] {
  const url = pathToFileURL(join(folder.path, 'covered.worker.ts')).href;
  return readdirSync(directory)
    .filter((file) => file.startsWith('coverage-'))
    .map((file) => JSON.parse(readFileSync(join(directory, file), 'utf8')) as Coverage)
    .flatMap(({ result }) => result.filter((script) => script.url === url))
    .map(({ functions }) => functions.find((found) => found.functionName === functionName))
    .map((found) => found?.ranges[0]?.count ?? 0);
}

function environment(extra: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_OPTIONS, NODE_TEST_CONTEXT, VITEST, TSX_TSCONFIG_PATH, ...plain } = process.env;
  return { ...plain, ...extra };
}

const ENDS = [
  { how: 'close', calls: { process: 3, inChildAlone: 3 } },
  { how: 'recycle', calls: { process: 3, inChildAlone: 3 } },
  { how: 'destroy', calls: { process: 3, inChildAlone: 3 } },
  { how: 'time', calls: { process: 4, inChildAlone: 3 } },
];
const [runner] = runners().slice(-1);

test.each(ENDS)('what children ran is in NODE_V8_COVERAGE where they end by: $how', ({ how, calls }) => {
  const directory = join(folder.path, `coverage-${how}`);
  const ended = spawnSync(process.execPath, [...runner!.command, 'main.ts', how], {
    cwd: folder.path,
    env: environment({ NODE_V8_COVERAGE: directory }),
    encoding: 'utf8',
  });
  expect(ended, ended.stderr).toMatchObject({ status: 0 });
  for (const [name, times] of Object.entries(calls)) {
    const counts = callsOf(name, directory);
    expect(
      counts.reduce((sum, count) => sum + count, 0),
      `${name}: ${counts}`,
    ).toBe(times);
  }
});

test('`node --experimental-test-coverage` counts the lines of a child', () => {
  const { stdout, status } = spawnSync(
    process.execPath,
    ['--test', '--test-reporter=spec', '--experimental-test-coverage', 'covered.test.mjs'],
    { cwd: folder.path, env: environment({ NO_COLOR: '1' }), encoding: 'utf8' },
  );
  expect(status, stdout).toBe(0);
  // All but the branch that no job took: two lines of ten, one branch of four.
  expect(stdout).toMatch(/doubled\.worker\.mjs +\| +80\.00 \| +75\.00 \| +100\.00 \| 6-7/);
});
