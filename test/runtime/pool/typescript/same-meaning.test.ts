import { statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { bothPlaces, ProgramFolder, type Runner, runners, workerModule } from './program-folder.js';

/** Each runs several programs, which on a busy machine take their time; nothing is measured by it. */
vi.setConfig({ testTimeout: 600_000 });

let folder: ProgramFolder | undefined;
afterEach(() => folder?.remove());

interface Found {
  readonly parent: unknown;
  readonly child: unknown;
}

function program(files: Record<string, string>): ProgramFolder {
  folder = new ProgramFolder(files);
  return folder;
}

function found(runner: Runner, files: Record<string, string>): Found {
  return program({ 'main.ts': bothPlaces('./finds.worker.ts'), ...files }).run(runner, 'main.ts') as Found;
}

describe.each(runners())(
  'a program run by `$name`: TypeScript means in a child what it means in the parent',
  (runner) => {
    test('a module that two workers import exists once in a process', () => {
      const counting = (name: string) =>
        workerModule('(box.n += given)', "import { box } from './box.ts';").replaceAll('Finds', name);
      const answers = program({
        'box.ts': 'export const box = { n: 0 };',
        'a.worker.ts': counting('A'),
        'b.worker.ts': counting('B'),
        'main.ts': `import { ProcessPool } from 'mproc-worker';
import { A } from './a.worker.ts';
import { B } from './b.worker.ts';
const pool = new ProcessPool({ processes: 1 });
const answers = [await pool.run(new A(), 5), await pool.run(new B(), 2), await pool.run(new A(), 1)];
await pool.close();
console.log(JSON.stringify(answers.map((answer) => answer.ok && answer.body)));`,
      }).run(runner, 'main.ts');
      expect(answers).toEqual([5, 7, 8]);
    });

    test('modules run in the order of their imports, packages among them', () => {
      const answer = found(runner, {
        'node_modules/sdk/package.json': '{ "name": "sdk", "type": "module", "exports": "./index.js" }',
        'node_modules/sdk/index.js': "export const key = globalThis.FIELD ?? 'unset';",
        'setup.ts': "(globalThis as Record<string, unknown>)['FIELD'] = 'set';",
        'finds.worker.ts': workerModule('key', "import './setup.ts';\nimport { key } from 'sdk';"),
      });
      expect(answer).toEqual({ parent: 'set', child: 'set' });
    });

    test('a relative import into another package gets the versions that belong there', () => {
      const versionOf = (at: string, version: string) => ({
        [`${at}/node_modules/dep/package.json`]:
          '{ "name": "dep", "type": "module", "exports": "./index.js" }',
        [`${at}/node_modules/dep/index.js`]: `export const version = ${JSON.stringify(version)};`,
      });
      const answer = found(runner, {
        ...versionOf('packages/other', 'of other'),
        ...versionOf('packages/mine', 'of mine'),
        'packages/other/src/told.ts': "export { version } from 'dep';",
        'packages/other/package.json': '{ "type": "module" }',
        'packages/mine/package.json': '{ "type": "module" }',
        'packages/mine/finds.worker.ts': workerModule(
          '[mine, other]',
          "import { version as mine } from 'dep';\nimport { version as other } from '../other/src/told.ts';",
        ),
        'main.ts': bothPlaces('./packages/mine/finds.worker.ts'),
      });
      const right = ['of mine', 'of other'];
      expect(answer).toEqual({ parent: right, child: right });
    });

    test('a package of the workspace may export its TypeScript', () => {
      program({
        'packages/shared/package.json': '{ "name": "shared", "type": "module", "exports": "./src/index.ts" }',
        'packages/shared/src/index.ts': 'export const answer: number = 42;',
        'finds.worker.ts': workerModule('answer', "import { answer } from 'shared';"),
        'main.ts': bothPlaces('./finds.worker.ts'),
      }).link('node_modules/shared', 'packages/shared');
      expect(folder!.run(runner, 'main.ts')).toEqual({ parent: 42, child: 42 });
    });

    test('a module knows its own place and what it resolves from there', () => {
      const answer = found(runner, {
        'deep/place.ts': `export const place: string[] = [
        import.meta.url, String(import.meta.dirname), String(import.meta.filename), import.meta.resolve('./other.ts'),
      ];`,
        'finds.worker.ts': workerModule(
          '[import.meta.url, ...place]',
          "import { place } from './deep/place.ts';",
        ),
      });
      const deep = join(folder!.path, 'deep');
      const right = [
        pathToFileURL(join(folder!.path, 'finds.worker.ts')).href,
        pathToFileURL(join(deep, 'place.ts')).href,
        deep,
        join(deep, 'place.ts'),
        pathToFileURL(join(deep, 'other.ts')).href,
      ];
      expect(answer).toEqual({ parent: right, child: right });
    });

    test('a worker may be CommonJS, with its exports put together as it runs', () => {
      const answer = found(runner, {
        'package.json': '{ "type": "commonjs" }',
        'finds.worker.ts': `const { Worker } = require('mproc-worker');
const { pathToFileURL } = require('node:url');
class Finds extends Worker {
  static module = pathToFileURL(__filename).href;
  process(given: number): unknown { return [given, __filename, __dirname]; }
}
for (const one of [Finds]) module.exports[one.name] = one;`,
        'main.ts': `const { Finds } = require('./finds.worker.ts');
const { ProcessPool } = require('mproc-worker');
(async () => {
  const pool = new ProcessPool({ processes: 1 });
  const [parent, child] = [await new Finds().run(1), await pool.run(new Finds(), 1)];
  await pool.close();
  console.log(JSON.stringify({ parent: parent.body, child: child.body ?? String(child.error) }));
})();`,
      });
      const right = [1, join(folder!.path, 'finds.worker.ts'), folder!.path];
      expect(answer).toEqual({ parent: right, child: right });
    });

    test('an error tells the line of the source, in each file that it comes through', () => {
      const answer = found(runner, {
        'fails.ts':
          '// A line of its own.\nexport function fail(given: number): never {\n  throw new Error(String(given));\n}\n',
        'finds.worker.ts': workerModule('fail(given)', "import { fail } from './fails.ts';"),
      });
      for (const stack of [answer.parent, answer.child])
        expect(stack).toEqual(['Error: 1', expect.stringMatching(/[/(]fails\.ts:3:9\)?$/)]);
    });

    test('a file that has changed is loaded anew, where neither its size nor its time tells that', () => {
      const files = { 'told.ts': "export const told: string = 'before';" };
      const worker = workerModule('told', "import { told } from './told.ts';");
      expect(found(runner, { ...files, 'finds.worker.ts': worker })).toEqual({
        parent: 'before',
        child: 'before',
      });
      const path = join(folder!.path, 'told.ts');
      const { atime, mtime } = statSync(path);
      folder!.write({ 'told.ts': files['told.ts'].replace('before', 'after!') });
      utimesSync(path, atime, mtime);
      expect(folder!.run(runner, 'main.ts')).toEqual({ parent: 'after!', child: 'after!' });
    });

    test('a worker in JavaScript may import TypeScript', () => {
      const answer = found(runner, {
        'answer.ts': 'export const answer: number = 7;',
        'finds.worker.mjs': `import { Worker } from 'mproc-worker';
import { answer } from './answer.ts';
export class Finds extends Worker { static module = import.meta.url; process() { return answer; } }`,
        'main.ts': bothPlaces('./finds.worker.mjs').replace(
          'import { Finds }',
          '// @ts-ignore\nimport { Finds }',
        ),
      });
      expect(answer).toEqual({ parent: 7, child: 7 });
    });

    test('a program that has left the folder it was started in has its loader in its children, too', () => {
      const answer = found(runner, {
        'finds.worker.ts': workerModule('given'),
        'main.ts': bothPlaces('./finds.worker.ts', "process.chdir('/');"),
      });
      expect(answer).toEqual({ parent: 1, child: 1 });
    });
  },
);

describe.each(runners().filter(({ loader }) => loader === 'tsx'))('a program run by `$name`', (runner) => {
  test('has the settings of its tsconfig.json in a child as they are now', () => {
    const settings = (isDefine: boolean, lib: string) =>
      JSON.stringify({
        compilerOptions: {
          target: 'ES2022',
          useDefineForClassFields: isDefine,
          paths: { '#lib': [`./${lib}.ts`] },
        },
      });
    const answer = found(runner, {
      'tsconfig.json': settings(true, 'one'),
      'one.ts': "export const lib = 'one';",
      'two.ts': "export const lib = 'two';",
      'finds.worker.ts': workerModule(
        '[lib, new Sub().field]',
        `import { lib } from '#lib';
class Base { field = 'base'; constructor() { this.init(); } init() {} }
class Sub extends Base { declare other: string; field!: string; override init() { this.field = 'set'; } }`,
      ),
    });
    expect(answer.parent).toEqual(answer.child);
    expect(answer.child).toEqual(['one', null]);
    folder!.write({ 'tsconfig.json': settings(false, 'two') });
    const changed = folder!.run(runner, 'main.ts') as Found;
    expect(changed.parent).toEqual(changed.child);
    expect(changed.child).toEqual(['two', 'set']);
  });

  test('may import what TypeScript names by its output, and use what stripping types cannot do', () => {
    const answer = found(runner, {
      'colour.ts': 'export enum Colour { Red = 3 }',
      'finds.worker.ts': workerModule('Colour.Red', "import { Colour } from './colour.js';"),
    });
    expect(answer).toEqual({ parent: 3, child: 3 });
  });
});
