import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import { LENGTHS, Project } from '../project.js';

// A compilation is seconds of work on a busy machine.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const installed = join(dirname(fileURLToPath(import.meta.url)), '../../../node_modules');
const projects: Project[] = [];

/** A project that has installed a compiler. */
function projectWith(compiler: string, files: Record<string, string>): Project {
  const project = new Project(files);
  mkdirSync(join(project.root, 'node_modules'));
  symlinkSync(join(installed, compiler), join(project.root, 'node_modules/typescript'));
  projects.push(project);
  return project;
}

afterEach(() => {
  for (const project of projects.splice(0)) project.remove();
});

// npm installs them all; a checkout without the oldest has to run `npm ci`.
const COMPILERS = [
  ['TypeScript 7', 'typescript'],
  ['TypeScript 6', '@typescript/typescript6'],
  ['TypeScript 5.5', 'typescript5'],
].filter(([, name]) => existsSync(join(installed, name!))) as [name: string, compiler: string][];

const FILE = 'src/lengths.worker.ts';
const WRONG = LENGTHS.replace('return text.length;', 'return text;').replace('export class', 'class');

test.each(COMPILERS)('%s of the project gives its diagnostics, and the rules theirs', async (_, compiler) => {
  const { code, stdout } = await projectWith(compiler, { [FILE]: WRONG }).check();
  expect(JSON.parse(stdout).findings).toMatchObject([
    { rule: 'worker-exported', file: FILE, line: 3, column: 7 },
    {
      rule: 'typescript',
      ...{ file: FILE, line: 7, column: 5, endLine: 7, endColumn: 11 },
      message: "TS2322: Type 'string' is not assignable to type 'number'.",
    },
  ]);
  expect(code).toBe(1);
});

test('what only the version of the project says is said', async () => {
  const codes = async (compiler: string) => {
    const project = projectWith(compiler, { [FILE]: LENGTHS });
    const config = JSON.parse(project.read('tsconfig.json'));
    config.compilerOptions.downlevelIteration = true;
    project.write('tsconfig.json', JSON.stringify(config));
    const { findings } = JSON.parse((await project.check()).stdout);
    return findings.map(({ message }: { message: string }) => /^TS\d+/.exec(message)?.[0]);
  };
  const [six, seven] = [await codes('@typescript/typescript6'), await codes('typescript')];
  expect(six).not.toEqual(seven);
});

test.each(COMPILERS)(
  '%s writes nothing, of a project that is built in steps either, and says all',
  async (_, compiler) => {
    const project = projectWith(compiler, { [FILE]: LENGTHS.replace('return text.length;', 'return text;') });
    const config = JSON.parse(project.read('tsconfig.json'));
    Object.assign(config.compilerOptions, { incremental: true, tsBuildInfoFile: './info' });
    project.write('tsconfig.json', JSON.stringify(config));
    const { code, stdout } = await project.check();
    expect([code, JSON.parse(stdout).findings]).toEqual([
      1,
      [expect.objectContaining({ rule: 'typescript', file: FILE, line: 7, column: 5 })],
    ]);
    expect(() => project.read('info')).toThrow(/ENOENT/);
  },
);

test('a compiler that cannot be run leaves the answer to that of the rules', async () => {
  const broken = new Project({ [FILE]: WRONG });
  projects.push(broken);
  broken.write(
    'node_modules/typescript/package.json',
    '{ "name": "typescript", "version": "5.9.0", "bin": { "tsc": "tsc.js" } }',
  );
  broken.write('node_modules/typescript/tsc.js', 'process.exit(7);\n');
  const { stdout } = await broken.check();
  expect(JSON.parse(stdout).findings.map(({ rule }: { rule: string }) => rule)).toEqual([
    'worker-exported',
    'typescript',
  ]);
});
