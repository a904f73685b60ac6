import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Package managers that a project can be made for, and how each is told things. */
export interface PackageManager {
  readonly id: 'npm' | 'pnpm' | 'yarn' | 'bun';
  /** Runs a script of package.json: `npm run`. */
  readonly run: string;
  /** Runs a program of a dependency: `npx`. */
  readonly exec: string;
  readonly install: readonly string[];
  /** Runs the `start` and `test` scripts. */
  readonly start: string;
  readonly test: string;
}

export const PACKAGE_MANAGERS: readonly PackageManager[] = [
  {
    id: 'npm',
    run: 'npm run',
    exec: 'npx',
    install: ['npm', 'install'],
    start: 'npm start',
    test: 'npm test',
  },
  {
    id: 'pnpm',
    run: 'pnpm',
    exec: 'pnpm exec',
    install: ['pnpm', 'install'],
    start: 'pnpm start',
    test: 'pnpm test',
  },
  {
    id: 'yarn',
    run: 'yarn',
    exec: 'yarn',
    install: ['yarn', 'install'],
    start: 'yarn start',
    test: 'yarn test',
  },
  {
    id: 'bun',
    run: 'bun run',
    exec: 'bunx',
    install: ['bun', 'install'],
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

/** The one that installed a project, as its lock file tells; else the one in use. */
export function packageManagerOf(root: string, environment: NodeJS.ProcessEnv): PackageManager {
  const found = LOCK_FILES.find(([file]) => existsSync(join(root, file)));
  return found ? packageManager(found[1]) : packageManagerInUse(environment);
}
