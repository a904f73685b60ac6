import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { run } from '../e2e/command.js';

/** A package manager as people have it on their PATH. */
export interface Installed {
  /** What is printed of it. */
  readonly title: string;
  readonly id: 'npm' | 'pnpm' | 'yarn' | 'bun';
  /** Of the generator's project, before it is installed. */
  readonly prepare?: (project: string) => void;
  /** Scripts that do not work there, which docs/generator.md says. */
  readonly without?: readonly string[];
  /** The folder that comes first on the PATH. */
  readonly bin: string;
}

const PACKAGES = ['pnpm@latest', 'yarn1@npm:yarn@1', '@yarnpkg/cli-dist@4', 'bun@latest'];

/** Yarn wants every optional package of every platform, and not each registry has those of the newest Vite. */
function keepVite(project: string): void {
  const file = join(project, 'package.json');
  const { version } = createRequire(import.meta.url)('vite/package.json') as { version: string };
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ ...manifest, resolutions: { vite: version } }, undefined, 2));
}

/** Installs the managers from npm, each with a PATH of its own, as two of them have one name. */
export async function installManagers(folder: string): Promise<Installed[]> {
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  // bun fetches its program when it is installed.
  const installed = await run('npm', ['install', '--no-audit', '--no-fund', ...PACKAGES], folder);
  if (installed.code !== 0) throw new Error(installed.output);
  const modules = join(folder, 'node_modules');
  const path = (name: string, commands: Record<string, string>) => {
    const bin = join(folder, name);
    mkdirSync(bin);
    for (const [command, program] of Object.entries(commands)) {
      writeFileSync(join(bin, command), `#!/bin/sh\nexec ${program} "$@"\n`);
      chmodSync(join(bin, command), 0o755);
    }
    return bin;
  };
  const pnpm = join(modules, '.bin/pnpm');
  const yarn1 = `node ${join(modules, 'yarn1/bin/yarn.js')}`;
  const yarn4 = `node ${join(modules, '@yarnpkg/cli-dist/bin/yarn.js')}`;
  const bun = join(modules, '.bin/bun');
  return [
    { title: 'npm', id: 'npm', bin: path('npm', {}) },
    { title: 'pnpm', id: 'pnpm', bin: path('pnpm', { pnpm }) },
    { title: 'Yarn 1', id: 'yarn', bin: path('yarn-1', { yarn: yarn1 }), prepare: keepVite },
    { title: 'Yarn 4', id: 'yarn', bin: path('yarn-4', { yarn: yarn4 }), prepare: keepVite },
    {
      title: "Yarn 4 with Plug'n'Play",
      id: 'yarn',
      bin: path('yarn-4-pnp', { yarn: yarn4 }),
      prepare: (project) => {
        keepVite(project);
        writeFileSync(join(project, '.yarnrc.yml'), 'nodeLinker: pnp\n');
      },
      without: ['check', 'build'],
    },
    { title: 'bun', id: 'bun', bin: path('bun', { bun, bunx: `${bun} x` }) },
  ];
}
