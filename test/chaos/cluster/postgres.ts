// A PostgreSQL server of this test's own. It refuses to run as root, so it runs as the user the package made.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const VERSIONS = '/usr/lib/postgresql';

export function findPostgres(): string | undefined {
  if (!existsSync(VERSIONS)) return undefined;
  const [newest] = readdirSync(VERSIONS).sort((a, b) => Number(b) - Number(a));
  return newest === undefined ? undefined : join(VERSIONS, newest, 'bin');
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

const asUser = process.getuid?.() === 0 ? ['runuser', '-u', 'postgres', '--'] : [];

export interface Postgres {
  readonly port: number;
  /** At once, as a machine that loses power would: what it had promised is on the disk. */
  restart(): Promise<void>;
  remove(): Promise<void>;
}

/** @param inside words that put the server where its clients reach it */
export async function startPostgres(bin: string, inside: readonly string[]): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), 'mproc-pg-'));
  if (asUser.length > 0) execFileSync('chown', ['postgres', folder]);
  chmodSync(folder, 0o700);
  const data = join(folder, 'data');
  const [command = '', ...words] = [
    ...asUser,
    join(bin, 'initdb'),
    '-D',
    data,
    '-A',
    'trust',
    '-U',
    'postgres',
    '--no-sync',
  ];
  execFileSync(command, words, { stdio: 'ignore', cwd: '/' });
  execFileSync('sh', ['-c', `echo 'host all all 10.77.0.0/24 trust' >> '${data}/pg_hba.conf'`]);
  const port = await freePort();
  let server: ChildProcess;

  async function start(): Promise<void> {
    const settings = [
      '-c',
      'listen_addresses=*',
      '-c',
      'max_connections=200',
      '-c',
      `unix_socket_directories=${folder}`,
    ];
    const [first = '', ...rest] = [
      ...inside,
      ...asUser,
      join(bin, 'postgres'),
      '-D',
      data,
      '-p',
      String(port),
      ...settings,
    ];
    server = spawn(first, rest, { stdio: 'ignore', cwd: '/' });
    for (let tries = 0; tries < 600; tries += 1) {
      try {
        execFileSync(join(bin, 'pg_isready'), ['-h', folder, '-p', String(port)], { stdio: 'ignore' });
        return;
      } catch {
        await sleep(100);
      }
    }
    throw new Error('PostgreSQL did not start within a minute');
  }

  async function stop(signal: NodeJS.Signals): Promise<void> {
    const gone = new Promise((resolve) => server.once('exit', resolve));
    const pid = Number(execFileSync('head', ['-1', join(data, 'postmaster.pid')]).toString());
    process.kill(pid, signal);
    await gone;
  }

  await start();
  return {
    port,
    async restart() {
      await stop('SIGQUIT');
      await start();
    },
    async remove() {
      await stop('SIGQUIT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
