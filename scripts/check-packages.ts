// Packs all packages and has publint and "are the types wrong?" look at what would be published.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireFromRoot, root } from './bundle.mjs';

/** A module alone. Each Node.js that the package asks for can load one by `require`, and `module.exports` says what that gives. */
const IS_MODULE = /\/eslint-plugin-mproc-[^/]+$/;
const BY_REQUIRE = 'cjs-resolves-to-esm';
const CHECKS: readonly (readonly [name: string, program: string, args: (file: string) => string[]])[] = [
  ['publint', 'src/cli.js', (file) => ['run', '--strict', file]],
  [
    '@arethetypeswrong/cli',
    'dist/index.js',
    (file) => ['--format', 'ascii', file, ...(IS_MODULE.test(file) ? ['--ignore-rules', BY_REQUIRE] : [])],
  ],
];

/** The folder of a package whose `exports` may hide its manifest. */
function folderOf(name: string): string {
  const folder = requireFromRoot.resolve
    .paths(name)
    ?.map((folder) => join(folder, name))
    .find((folder) => {
      try {
        return readdirSync(folder).includes('package.json');
      } catch {
        return false;
      }
    });
  if (folder === undefined) throw new Error(`${name} is not installed`);
  return folder;
}

const packs = mkdtempSync(join(tmpdir(), 'mproc-packages-'));
try {
  const flags = ['--ignore-scripts', '--workspaces', '--include-workspace-root', '--pack-destination', packs];
  execFileSync('npm', ['pack', ...flags], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  for (const file of readdirSync(packs))
    for (const [name, program, args] of CHECKS) {
      const check = [join(folderOf(name), program), ...args(join(packs, file))];
      if (spawnSync(process.execPath, check, { stdio: 'inherit' }).status !== 0) process.exitCode = 1;
    }
} finally {
  rmSync(packs, { recursive: true, force: true });
}
