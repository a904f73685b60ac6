import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const goal = 'a /dev/shm that is too small is a typed error, never SIGBUS, and what fits still works';
export const sizes = { smoke: {}, reduced: {}, full: {} };

const PROGRAM = fileURLToPath(new URL('../programs/small-memory.mjs', import.meta.url));
const EXPECTED = {
  'a pool of 16 MiB': 'ERR_MEMORY_FULL',
  'a pool that was refused, soon after': '0 processes, 0 segments',
  'arguments of 16 MiB': 'ERR_MEMORY_FULL',
  'arguments with a text of 16 MiB': 'ERR_MEMORY_FULL',
  'a job that makes bytes of 16 MiB': 'ERR_MEMORY_FULL after 2',
  'a job that makes text of 16 MiB': 'ERR_MEMORY_FULL after 2',
  'a job that makes error of 16 MiB': 'ERR_MEMORY_FULL after 2',
  'a job that makes progress of 16 MiB': 'ERR_MEMORY_FULL after 2',
  'a job that makes state of 16 MiB': 'ERR_MEMORY_FULL after 2',
  'a shared array of 16 MiB': 'ERR_MEMORY_FULL',
  'a state of 16 MiB': 'ERR_MEMORY_FULL',
  'a job after them': 'done',
  // The one that it began with: none of them took its process along.
  'a map after them': 'done in 1 process',
  'a value of 16 MiB in a queue': 'ERR_MEMORY_FULL',
  'a queue of 16 MiB': 'ERR_MEMORY_FULL',
};

export async function run() {
  // A file system of 4 MiB over /dev/shm, seen by this one program alone.
  const mount = 'mount -t tmpfs -o size=4m tmpfs /dev/shm && exec "$@"';
  // Root may make one; others where they may have a namespace of users of their own.
  const ways = [['-m'], ['-r', '-m']];
  const probes = ways.map((way) => spawnSync('unshare', [...way, 'sh', '-c', mount, 'sh', 'true']));
  const way = ways[probes.findIndex(({ status }) => status === 0)];
  const probe = probes[0];
  if (way === undefined)
    return {
      skipped: `it needs a mount namespace, as root may make, which cannot be made here: ${probe.error?.message ?? probe.stderr.toString().trim()}`,
      ok: true,
    };
  const ran = spawnSync('unshare', [...way, 'sh', '-c', mount, 'sh', process.execPath, PROGRAM], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  const last = ran.stdout.trim().split('\n').at(-1) ?? '';
  const outcomes = last.startsWith('{') ? JSON.parse(last) : {};
  const wrong = Object.entries(EXPECTED).filter(([name, expected]) => outcomes[name] !== expected);
  return {
    outcomes,
    signal: ran.signal,
    exitCode: ran.status,
    ...(last.startsWith('{') ? {} : { said: ran.stderr.slice(-500) }),
    ok: ran.status === 0 && ran.signal === null && wrong.length === 0,
  };
}
