import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Needs } from '../edits/package-json.js';
import { readJson } from './read-json.js';

/** Package managers that a project can be made for, and how each is told things. */
export interface PackageManager {
  readonly id: 'npm' | 'pnpm' | 'yarn' | 'bun';
  /** Runs a script of package.json: `npm run`. */
  readonly run: string;
  /** Runs a program of a dependency: `npx`. */
  readonly exec: string;
  readonly install: readonly string[];
  /** Command lines that add packages. */
  readonly adding: (needs: Needs) => string[];
  /** Runs the `start` and `test` scripts. */
  readonly start: string;
  readonly test: string;
  /** Files with what it must be told before it installs a project; a workspace around the project has its own. */
  readonly settings?: Readonly<Record<string, string>>;
}

const PNPM_SETTINGS = 'pnpm-workspace.yaml';
/**
 * pnpm runs no install script unasked, and fails where nobody has said whether it may. No package of a project needs its
 * script, nor does the client of any queue: each has a program for this machine among its optional packages.
 */
const PNPM_WORKSPACE = `# Nothing needs to be built. pnpm 11 and later read the first list, pnpm 10 the second.
allowBuilds:
  '@photostructure/sqlite': false
  esbuild: false
  koffi: false
  msgpackr-extract: false
ignoredBuiltDependencies:
  - '@photostructure/sqlite'
  - esbuild
  - koffi
  - msgpackr-extract
`;

/** Plug'n'Play works as well, see docs/generator.md; editors and native packages ask for more there. */
const YARNRC = `# Read by Yarn 2 and later.
nodeLinker: node-modules
`;

function adding(verb: string, flag: string): PackageManager['adding'] {
  const line = (words: string, packages: Needs['dependencies']) => {
    const specs = Object.entries(packages).map(([name, version]) => `${name}@${version}`);
    return specs.length === 0 ? [] : [`${words} ${specs.join(' ')}`];
  };
  return ({ dependencies, devDependencies }) => [
    ...line(verb, dependencies),
    ...line(`${verb} ${flag}`, devDependencies),
  ];
}

export const PACKAGE_MANAGERS: readonly PackageManager[] = [
  {
    id: 'npm',
    run: 'npm run',
    exec: 'npx',
    install: ['npm', 'install'],
    adding: adding('npm install', '--save-dev'),
    start: 'npm start',
    test: 'npm test',
  },
  {
    id: 'pnpm',
    run: 'pnpm run',
    exec: 'pnpm exec',
    install: ['pnpm', 'install'],
    adding: adding('pnpm add', '--save-dev'),
    start: 'pnpm start',
    test: 'pnpm test',
    settings: { [PNPM_SETTINGS]: PNPM_WORKSPACE },
  },
  {
    id: 'yarn',
    // `yarn check` is a command of Yarn 1 itself.
    run: 'yarn run',
    exec: 'yarn run',
    install: ['yarn', 'install'],
    adding: adding('yarn add', '--dev'),
    start: 'yarn start',
    test: 'yarn test',
    settings: { '.yarnrc.yml': YARNRC },
  },
  {
    id: 'bun',
    run: 'bun run',
    exec: 'bunx',
    install: ['bun', 'install'],
    adding: adding('bun add', '--dev'),
    start: 'bun run start',
    test: 'bun run test',
  },
];

export function packageManager(id: string): PackageManager {
  return PACKAGE_MANAGERS.find((manager) => manager.id === id) ?? (PACKAGE_MANAGERS[0] as PackageManager);
}

/** The one that started this process, as it says in `npm_config_user_agent`; npm when none did. */
export function packageManagerInUse(environment: NodeJS.ProcessEnv): PackageManager {
  return packageManager(/^(npm|pnpm|yarn|bun)\//.exec(environment.npm_config_user_agent ?? '')?.[1] ?? 'npm');
}

const LOCK_FILES: readonly (readonly [file: string, id: PackageManager['id']])[] = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
  ['package-lock.json', 'npm'],
];

/** The one that installed a project, or the workspace around it; else the one in use. */
export function packageManagerOf(root: string, environment: NodeJS.ProcessEnv): PackageManager {
  return installerOf(root) ?? workspaceAround(root)?.manager ?? packageManagerInUse(environment);
}

export interface Workspace {
  readonly root: string;
  readonly manager: PackageManager;
}

/** The workspace that a folder is in, or would be in. */
export function workspaceAround(folder: string): Workspace | undefined {
  for (let root = dirname(folder); ; root = dirname(root)) {
    const manager = managerOfRoot(root);
    if (manager !== undefined) return { root, manager };
    if (root === dirname(root)) return undefined;
  }
}

/** What is to be added to the workspace's own settings before a project in it can be installed. */
export function missingSettings({ root, manager }: Workspace): { file: string; lines: string } | undefined {
  const lines = manager.id === 'pnpm' ? manager.settings?.[PNPM_SETTINGS] : undefined;
  const file = join(root, PNPM_SETTINGS);
  return lines === undefined || readFileSync(file, 'utf8').includes('koffi') ? undefined : { file, lines };
}

function managerOfRoot(folder: string): PackageManager | undefined {
  if (existsSync(join(folder, PNPM_SETTINGS))) return packageManager('pnpm');
  const manifest = manifestOf(folder);
  if (manifest.workspaces === undefined) return undefined;
  return named(manifest.packageManager) ?? installerOf(folder) ?? packageManager('npm');
}

/** As its lock file tells, or the field that Corepack reads. */
function installerOf(root: string): PackageManager | undefined {
  const found = LOCK_FILES.find(([file]) => existsSync(join(root, file)));
  return found ? packageManager(found[1]) : named(manifestOf(root).packageManager);
}

function named(field: unknown): PackageManager | undefined {
  const id = typeof field === 'string' ? field.split('@', 1)[0] : undefined;
  return PACKAGE_MANAGERS.find((manager) => manager.id === id);
}

function manifestOf(folder: string): { readonly workspaces?: unknown; readonly packageManager?: unknown } {
  return readJson(join(folder, 'package.json'));
}
