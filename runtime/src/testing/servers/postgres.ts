import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expectAnswer, freePort } from './ports.js';
import { findProgram } from './programs.js';
import type { Recipe } from './recipe.js';

/** Distributions keep the server's own programs off the PATH. */
const DEBIAN_ROOT = '/usr/lib/postgresql';

function find(): string | undefined {
  const versions = existsSync(DEBIAN_ROOT) ? readdirSync(DEBIAN_ROOT) : [];
  const newestFirst = versions.sort((a, b) => Number(b) - Number(a));
  return findProgram(
    'postgres',
    newestFirst.map((version) => join(DEBIAN_ROOT, version, 'bin')),
  );
}

/** PostgreSQL refuses to run as root, so root runs it as its own user. */
function userOfServer(): { uid: number; gid: number } | Record<string, never> {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** The first message of a client: who it is, and which database it wants. While the server starts, the answer is an error. */
function hello(): Buffer {
  const body = Buffer.from('\0\x03\0\0user\0queues\0database\0postgres\0\0', 'latin1');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length + 4);
  return Buffer.concat([length, body]);
}

export const postgres: Recipe = {
  variable: 'DATABASE_URL',
  programs: 'the program `postgres`',
  isMissing: () => find() === undefined,
  async prepare(folder) {
    const program = find() ?? '';
    const user = userOfServer();
    if (user.uid !== undefined) chownSync(folder, user.uid, user.gid);
    const options = { ...user, cwd: folder };
    const initialise = ['-D', folder, '-U', 'queues', '-A', 'trust', '-E', 'UTF8', '--no-sync'];
    execFileSync(join(dirname(program), 'initdb'), initialise, { ...options, stdio: 'ignore' });
    const port = await freePort();
    // -F: only a crash of the machine would lose what is not synced.
    const args = ['-D', folder, '-p', String(port), '-k', folder, '-h', '127.0.0.1', '-F'];
    const isReady = () => expectAnswer(port, 'R', hello());
    const command = { program, args, options, isReady, stopSignal: 'SIGINT' as const };
    return { url: `postgres://queues@127.0.0.1:${port}/postgres`, commands: [command] };
  },
};
