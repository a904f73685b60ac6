import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CHECKOUT, emptyFolder, generate, treeOf } from '../place/place.js';

const YES = ['--yes', '--no-git'];
const FORCED = [[], ['--force']];

/** A folder with these files, where the packages of this repository are installed. */
function folderWith(files: Readonly<Record<string, string>>, root = emptyFolder()): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

function withPackages(root: string): string {
  symlinkSync(join(CHECKOUT, 'node_modules'), join(root, 'node_modules'));
  return root;
}

function succeed(args: readonly string[], cwd: string): string {
  const { code, stdout, stderr } = generate(args, cwd);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

const read = (root: string, path: string) => readFileSync(join(root, path), 'utf8');

describe.each(FORCED)('a package.json that is there, with %j', (...force) => {
  test('is completed, keeps all that is in it and the way it is written, and comes back by undo', () => {
    const text =
      '\ufeff{\r\n\t"name": "@scope/mine",\r\n\t"version": "3.1.4",\r\n\t"type": "module",\r\n\t"scripts": {\r\n\t\t"start": "node server.js",\r\n\t\t"lint": "eslint ."\r\n\t},\r\n\t"dependencies": {\r\n\t\t"express": "^5.0.0"\r\n\t},\r\n\t"devDependencies": {\r\n\t\t"vitest": "^3.0.0"\r\n\t}\r\n}\r\n';
    const root = folderWith({ 'package.json': text });
    const before = treeOf(root);
    succeed(['.', ...YES, ...force], root);
    const written = read(root, 'package.json');
    expect(written).toMatch(/^\ufeff\{\r\n\t"name": "@scope\/mine",\r\n/);
    expect(written.replaceAll('\r\n', '')).not.toContain('\n');
    const manifest = JSON.parse(written.slice(1));
    expect(manifest).toMatchObject({
      version: '3.1.4',
      scripts: { start: 'node server.js', lint: 'eslint .', 'mproc:start': 'node --import tsx src/main.ts' },
      dependencies: { express: '^5.0.0', 'mproc-worker': expect.any(String) },
      devDependencies: { vitest: '^3.0.0', tsx: expect.any(String) },
    });
    const made = treeOf(root);
    succeed(['.', ...YES, ...force], root);
    expect(treeOf(root)).toEqual(made);
    succeed(['undo'], root);
    expect(treeOf(root)).toEqual(before);
  });
});

test("a configuration that is there stays, and npm's stand-in for a test gives way", () => {
  const root = folderWith({
    'package.json':
      '{"name":"a","type":"module","scripts":{"test":"echo \\"Error: no test specified\\" && exit 1"}}',
    'tsconfig.json': '{"compilerOptions":{"module":"nodenext"}}',
  });
  succeed(['.', ...YES, '--force'], root);
  expect(read(root, 'tsconfig.json')).toBe('{"compilerOptions":{"module":"nodenext"}}');
  expect(JSON.parse(read(root, 'package.json')).scripts.test).toBe('vitest run');
  expect(read(root, 'src/main.ts')).toContain("from './chunks.js'");
});

describe('CommonJS', () => {
  const RUN =
    "const { ProcessPool } = require('mproc-worker'); const { FooWorker } = require('./src/workers/foo.worker.js');" +
    'const pool = new ProcessPool(1); pool.run(new FooWorker(), 5).then((r) => { console.log(r.body); return pool.close(); });';

  test('of JavaScript: what is added is required, runs, and its tests pass', () => {
    const root = withPackages(
      folderWith({ 'package.json': '{"name":"a","dependencies":{"mproc-worker":"*"}}', 'index.js': '' }),
    );
    succeed(['add', 'worker', 'FooWorker', '--events', 'failed'], root);
    succeed(['add', 'listener', 'AuditListeners', '--worker', 'Foo', '--events', 'canceled'], root);
    succeed(['add', 'queue', 'Own', '--engine', 'blank'], root);
    succeed(['add', 'strategy', 'Patient'], root);
    succeed(['add', 'worker', 'bar', '--function', '--strategy', 'Patient'], root);
    expect(readdirSync(join(root, 'src/workers')).sort()).toEqual([
      ...['bar.worker.js', 'bar.worker.test.mjs'],
      ...['foo.worker.js', 'foo.worker.test.mjs'],
    ]);
    expect(read(root, 'src/workers/foo.worker.js')).toContain('static module = __filename;');
    expect(execFileSync(process.execPath, ['-e', RUN], { cwd: root, encoding: 'utf8' })).toBe('5\n');
    runTests(root);
  });

  test('of TypeScript: what is added compiles, and its tests pass', () => {
    const root = withPackages(
      folderWith({
        'package.json': '{"name":"a","dependencies":{"mproc-worker":"*"}}',
        'tsconfig.json':
          '{ "compilerOptions": { "module": "nodenext", "target": "es2022", "strict": true, "noImplicitOverride": true, "skipLibCheck": true, "types": ["node"], "noEmit": true }, "include": ["src"] }',
      }),
    );
    succeed(['add', 'worker', 'FooWorker', '--events', 'failed'], root);
    succeed(['add', 'listener', 'Audit', '--worker', 'FooWorker'], root);
    succeed(['add', 'queue', 'Own', '--engine', 'blank'], root);
    compile(root);
    runTests(root);
  });

  test('a project made around a package of CommonJS compiles and runs', () => {
    const root = withPackages(folderWith({ 'package.json': '{"name":"a","type":"commonjs"}' }));
    succeed(['.', ...YES, '--template', 'sums'], root);
    compile(root);
    const printed = execFileSync(process.execPath, ['--import', 'tsx', 'src/main.ts'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(printed).toMatch(/\n5050\n$/);
    runTests(root);
  });
});

function compile(root: string): void {
  const tsc = join(CHECKOUT, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '--noEmit', '-p', root], { encoding: 'utf8', stdio: 'pipe' });
}

function runTests(root: string): void {
  const vitest = join(CHECKOUT, 'node_modules/vitest/vitest.mjs');
  execFileSync(process.execPath, [vitest, 'run', '--root', root], {
    cwd: root,
    encoding: 'utf8',
    stdio: 'pipe',
  });
}

describe.each([
  [
    'prettier',
    '.prettierrc',
    '{ "useTabs": true, "semi": false, "singleQuote": false, "endOfLine": "crlf" }',
  ],
  [
    '@biomejs/biome',
    'biome.json',
    '{ "formatter": { "indentStyle": "tab", "lineEnding": "crlf" }, "javascript": { "formatter": { "semicolons": "asNeeded", "quoteStyle": "double" } } }',
  ],
])('the formatter %s of a workspace', (packageName, file, configuration) => {
  const program = packageName === 'prettier' ? 'prettier' : 'biome';
  const formatter = join(CHECKOUT, 'node_modules/.bin', program);

  test('has the last word on all that is made in its packages', () => {
    const workspace = withPackages(
      folderWith({
        [file]: configuration,
        'package.json': `{"name":"all","private":true,"workspaces":["packages/*"],"devDependencies":{"${packageName}":"*"}}`,
        'packages/a/package.json': '{"name":"a","type":"module","dependencies":{"mproc-worker":"*"}}',
        'packages/a/tsconfig.json': '{}',
      }),
    );
    const root = join(workspace, 'packages/a');
    succeed(['add', 'worker', 'Mail', '--args', '{ to: string }', '--events', 'failed'], root);
    succeed(['add', 'listener', 'Audit', '--worker', 'Mail'], root);
    const worker = read(root, 'src/workers/mail.worker.ts');
    expect(worker).toContain('import { Worker } from "mproc-worker"\r\n');
    expect(worker).toContain('\tstatic override readonly listeners = [mailListeners, auditListeners]\r\n');
    const checking = program === 'prettier' ? ['--check', 'src'] : ['format', 'src'];
    execFileSync(formatter, checking, { cwd: root, stdio: 'pipe' });
    const before = treeOf(root);
    succeed(['add', 'worker', 'Mail', '--args', '{ to: string }', '--events', 'failed'], root);
    expect(treeOf(root)).toEqual(before);
    succeed(['packages/b', ...YES], workspace);
    expect(read(workspace, 'packages/b/src/main.ts')).toContain(
      'import { chunksOf, numbersTo } from "./chunks.ts"\r\n',
    );
  });
});

test('what a project lacks is named, with the command of its package manager; --install adds it', () => {
  const root = folderWith({
    'pnpm-workspace.yaml': 'packages: [packages/*]\n',
    'package.json': '{"name":"all","devDependencies":{"vitest":"4.0.0"}}',
    'packages/a/package.json': '{\n  "name": "a",\n  "type": "module"\n}\n',
    'packages/a/tsconfig.json': '{}',
  });
  const project = join(root, 'packages/a');
  const said = succeed(['add', 'worker', 'Mail'], project);
  expect(said).toMatch(/pnpm add mproc-worker@/);
  expect(said).toMatch(/pnpm add --save-dev @types\/node@\S+ typescript@\S+/);
  expect(said).not.toContain('vitest@');
  expect(read(project, 'package.json')).toBe('{\n  "name": "a",\n  "type": "module"\n}\n');
  const dry = generate(['add', 'worker', 'Other', '--install', '--dry-run'], project);
  expect(dry.stdout).toMatch(/edit {7}package\.json[\s\S]*\+ {2}"dependencies": \{/);
});

test('where src is a link to a folder of the project, that folder is written to; elsewhere nothing is', () => {
  const root = folderWith({
    'package.json': '{"name":"a","type":"module","dependencies":{"mproc-worker":"*"}}',
    'tsconfig.json': '{}',
    'lib/code/a.ts': '',
  });
  symlinkSync('lib/code', join(root, 'src'));
  succeed(['add', 'worker', 'Mail'], root);
  succeed(['add', 'listener', 'Audit', '--worker', 'Mail'], root);
  expect(read(root, 'lib/code/workers/mail.worker.ts')).toContain("'../listeners/audit.listeners");
  rmSync(join(root, 'src'));
  symlinkSync(emptyFolder(), join(root, 'src'));
  expect(generate(['add', 'worker', 'Late'], root)).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^src is a link to .* outside of .*--cwd\n$/),
  });
});

test.each([
  ['café', 'café', 'cafe'],
  ['@scope/pkg', '@scope/pkg', '@scope/pkg'],
  ['My App', 'My App', 'my-app'],
  ['Straße', 'Straße', 'strasse'],
])('a project may be called %s', (typed, folder, name) => {
  const root = emptyFolder();
  succeed([typed, ...YES], root);
  expect(JSON.parse(read(root, `${folder}/package.json`)).name).toBe(name);
});

test.each([
  ['café', 'Cafe', 'cafe.worker.ts'],
  ['FooWorker', 'FooWorker', 'foo.worker.ts'],
  ['foo-worker', 'FooWorker', 'foo.worker.ts'],
  ['Straßenbahn', 'Strassenbahn', 'strassenbahn.worker.ts'],
])('a worker may be called %s', (typed, className, file) => {
  const root = folderWith({ 'package.json': '{"name":"a","dependencies":{"mproc-worker":"*"}}' });
  succeed(['add', 'worker', typed], root);
  expect(read(root, `src/workers/${file}`)).toContain(`class ${className} extends Worker`);
});
