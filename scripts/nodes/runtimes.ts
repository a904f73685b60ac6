// Other releases of Node.js, and what else runs JavaScript, from npm: each in a folder of its own below `node_modules/.cache`.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/mproc-runtimes/', import.meta.url));
const { platform, arch } = process;
const isLinux = platform === 'linux';

/** A release of Node.js as `--node` calls it, and the version that npm is asked for: the oldest that is supported, and all that are alive. */
export const RELEASES: ReadonlyMap<string, string> = new Map([
  ['20.19', '20.19.0'],
  ['22', '22'],
  ['24', '24'],
  ['26', '26'],
]);

interface Runtime {
  readonly name: string;
  readonly version: string;
  /** The program in its package. */
  readonly file: string;
}

const OTHERS: Readonly<Record<string, Runtime>> = {
  bun: {
    name: `@oven/bun-${platform}-${arch === 'arm64' ? 'aarch64' : arch}`,
    version: 'latest',
    file: 'bin/bun',
  },
  deno: { name: `@deno/${platform}-${arch}${isLinux ? '-glibc' : ''}`, version: 'latest', file: 'deno' },
};

function runtimeOf(key: string): Runtime {
  const version = RELEASES.get(key) ?? key;
  return OTHERS[key] ?? { name: `node-${platform}-${arch}`, version, file: 'bin/node' };
}

function folderOf(key: string): string {
  return join(CACHE, key);
}

/** Where the program of a runtime is, or would be. @param key of `RELEASES`, another version of Node.js, `bun` or `deno` */
export function programOf(key: string): string {
  const { name, file } = runtimeOf(key);
  return join(folderOf(key), 'node_modules', name, file);
}

/** Installs a runtime that is not there yet. @returns its program @throws where npm cannot */
export async function install(key: string): Promise<string> {
  const program = programOf(key);
  if (existsSync(program)) return program;
  const { name, version } = runtimeOf(key);
  const quietly = [
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--ignore-scripts',
    '--fetch-retries=1',
  ];
  await promisify(execFile)('npm', ['install', ...quietly, '--prefix', folderOf(key), `${name}@${version}`]);
  return program;
}
