import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PROGRAM = fileURLToPath(new URL('./public-api.ts', import.meta.url));
/** The oldest that is supported, as the README says, and the newest; between them the last that is written in JavaScript. */
const COMPILERS = { oldest: 'typescript5', javascript: '@typescript/old', newest: 'typescript' };
const folder = mkdtempSync(join(tmpdir(), 'mproc-public-types-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A project of a user, with the package as it is built. */
function project(name: string): string {
  const root = join(folder, name);
  mkdirSync(root);
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(root, 'program.ts'), readFileSync(PROGRAM));
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2023', 'esnext.disposable'],
    module: 'nodenext',
    moduleResolution: 'nodenext',
    types: ['node'],
    strict: true,
    noImplicitOverride: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    preserveSymlinks: false,
    skipLibCheck: true,
    noEmit: true,
  };
  writeFileSync(join(root, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }));
  return root;
}

/** @returns what it finds wrong */
function compile(compiler: string, root: string): Promise<string> {
  const tsc = join(ROOT, 'node_modules', compiler, 'bin/tsc');
  return new Promise((resolve) => {
    execFile(process.execPath, [tsc, '-p', root], (error, stdout, stderr) =>
      resolve(error === null ? '' : stdout + stderr || String(error)),
    );
  });
}

test.each(Object.entries(COMPILERS))(
  'the public API has its types under the %s compiler (%s)',
  async (name, compiler) => {
    expect(await compile(compiler, project(name))).toBe('');
  },
);

test('what is not expected is found', async () => {
  const root = project('wrong');
  writeFileSync(
    join(root, 'program.ts'),
    readFileSync(PROGRAM, 'utf8').replace("{ file: 'a' }", "{ path: 'a' }"),
  );
  expect(await compile(COMPILERS.oldest, root)).toMatch(/Unused '@ts-expect-error' directive/);
});

test('the README says which compiler is the oldest', () => {
  const manifest = readFileSync(join(ROOT, 'node_modules', COMPILERS.oldest, 'package.json'), 'utf8');
  const [major, minor] = (JSON.parse(manifest) as { version: string }).version.split('.');
  for (const file of ['README.md', 'runtime/README.md'])
    expect(readFileSync(join(ROOT, file), 'utf8'), file).toContain(`TypeScript ${major}.${minor}`);
});
