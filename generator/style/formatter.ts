import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { readJson } from '../project/read-json.js';

/** A formatter that a project has installed. */
export interface Formatter {
  readonly name: 'biome' | 'prettier';
  /** @returns the text as it was where the formatter leaves the file alone, or cannot run */
  format(path: string, text: string): string;
}

const TIMEOUT_MS = 30_000;
const CONFIGURATION = {
  biome: /^\.?biome\.jsonc?$/,
  prettier: /^(\.prettierrc(\.\w+)?|prettier\.config\.\w+)$/,
} as const;
const ARGUMENTS = {
  biome: (path: string) => ['format', `--stdin-file-path=${path}`],
  prettier: (path: string) => ['--stdin-filepath', path],
} as const;

/** The one that the project, or the workspace around it, has configured or named as its own. */
export function findFormatter(root: string): Formatter | undefined {
  for (let folder = root; ; folder = dirname(folder)) {
    const name = (['biome', 'prettier'] as const).find((each) => isUsedIn(folder, each));
    const program = name && programOf(root, name);
    if (name && program) return { name, format: (path, text) => run(program, name, root, path, text) };
    if (folder === dirname(folder) || existsSync(join(folder, '.git'))) return undefined;
  }
}

function isUsedIn(folder: string, name: Formatter['name']): boolean {
  if (!existsSync(folder)) return false;
  if (readdirSync(folder).some((file) => CONFIGURATION[name].test(file))) return true;
  const manifest = readJson(join(folder, 'package.json'));
  if (name === 'prettier' && manifest.prettier !== undefined) return true;
  const packageName = name === 'biome' ? '@biomejs/biome' : 'prettier';
  return ['dependencies', 'devDependencies'].some(
    (kind) => Object(manifest[kind])[packageName] !== undefined,
  );
}

/** A workspace has its programs at its root. */
function programOf(root: string, name: string): string | undefined {
  for (let folder = root; ; folder = dirname(folder)) {
    const program = join(folder, 'node_modules', '.bin', name);
    if (existsSync(program)) return program;
    if (folder === dirname(folder)) return undefined;
  }
}

function run(program: string, name: Formatter['name'], root: string, path: string, text: string): string {
  // A project that is to be made has no folder yet; what is configured is that of the folders around it.
  let cwd = root;
  while (!existsSync(cwd)) cwd = dirname(cwd);
  const { status, stdout } = spawnSync(program, ARGUMENTS[name](relative(cwd, join(root, path))), {
    cwd,
    input: text,
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  return status === 0 && stdout.trim() !== '' ? stdout : text;
}
