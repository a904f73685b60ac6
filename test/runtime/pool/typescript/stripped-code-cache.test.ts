import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { bothPlaces, ProgramFolder, runners, workerModule } from './program-folder.js';

/** Each runs several programs, which on a busy machine take their time; nothing is measured by it. */
vi.setConfig({ testTimeout: 600_000 });

const runner = runners().find(({ loader }) => loader === 'node');
const why = `Node.js ${process.versions.node} does not strip types: run with 22.18 or later`;
if (runner === undefined) console.log(`not run: code that Node.js strips of its types is kept (${why})`);

/** From 24 on Node.js keeps it by itself, other modules as well. */
const BY_NODE = Number.parseInt(process.versions.node, 10) >= 24;
let folder: ProgramFolder;
afterEach(() => folder?.remove());

function run(): unknown {
  return folder.run(runner!, 'main.ts');
}

function make(answer = 'told'): void {
  folder = new ProgramFolder({
    'told.ts': "export const told: string = 'first';",
    'finds.worker.ts': workerModule(answer, "import { told } from './told.ts';"),
    'main.ts': bothPlaces('./finds.worker.ts'),
  });
}

function kept(): string[] {
  const cache = join(folder.path, 'node_modules/.cache/mproc-worker');
  const names = existsSync(cache) ? readdirSync(cache, { recursive: true, encoding: 'utf8' }) : [];
  return names
    .filter((name) => name.startsWith(BY_NODE ? 'modules/' : 'stripped-'))
    .map((name) => join(cache, name))
    .filter((path) => statSync(path).isFile());
}

describe.skipIf(runner === undefined)(
  `code that Node.js strips of its types (${runner ? 'run' : why})`,
  () => {
    test('is kept for the next process, a file for each module', () => {
      make();
      expect(run()).toEqual({ parent: 'first', child: 'first' });
      const files = kept();
      expect(files.length).toBeGreaterThanOrEqual(2);
      if (!BY_NODE) expect(files).toHaveLength(2);
      const before = files.map((file) => readFileSync(file));
      expect(run()).toEqual({ parent: 'first', child: 'first' });
      expect(kept()).toEqual(files);
      expect(files.map((file) => readFileSync(file))).toEqual(before);
    });

    const others = "export const told = 'somebody else’s'; export class Finds {}";
    test.each([
      ['empty', () => Buffer.alloc(0)],
      ['cut off', (whole: Buffer) => whole.subarray(0, whole.length >> 1)],
      ['null', () => Buffer.from('null')],
      ['other code', () => Buffer.from(others)],
      [
        'other code under the old digest',
        (whole: Buffer) => Buffer.concat([whole.subarray(0, 32), Buffer.from(others)]),
      ],
    ])('is made anew where what is kept is %s', (_, spoil) => {
      make();
      run();
      for (const file of kept()) writeFileSync(file, spoil(readFileSync(file)));
      expect(run()).toEqual({ parent: 'first', child: 'first' });
    });

    test('is not taken from the file of another module', () => {
      make();
      run();
      const [one, two] = kept();
      const whole = readFileSync(one!);
      writeFileSync(one!, readFileSync(two!));
      writeFileSync(two!, whole);
      expect(run()).toEqual({ parent: 'first', child: 'first' });
    });

    test('is not kept where the folder is a file', () => {
      make();
      writeFileSync(join(folder.path, 'node_modules/.cache'), 'in the way');
      expect(run()).toEqual({ parent: 'first', child: 'first' });
      expect(readFileSync(join(folder.path, 'node_modules/.cache'), 'utf8')).toBe('in the way');
      rmSync(join(folder.path, 'node_modules/.cache'));
    });

    test('tells what Node.js says of what it cannot strip', () => {
      make();
      folder.write({ 'told.ts': 'export enum Told { One }\nexport const told = Told.One;' });
      folder.write({
        'main.ts': `import { ProcessPool, Worker } from 'mproc-worker';
class Finds extends Worker<number, unknown> {
  static override readonly module: string = new URL('./finds.worker.ts', import.meta.url).href;
  protected override process(): unknown { return 0; }
}
const pool = new ProcessPool({ processes: 1 });
const error = await pool.run(new Finds(), 1).catch((reason) => reason);
await pool.close();
console.log(JSON.stringify([error.code, error.cause.code]));`,
      });
      expect(run()).toEqual(['ERR_MODULE_LOAD', 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX']);
    });
  },
);
