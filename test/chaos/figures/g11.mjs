import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const goal = 'a /dev/shm that is too small is a typed error, never SIGBUS, and what fits still works';
export const sizes = { smoke: {}, reduced: {}, full: {} };

const PROGRAM = fileURLToPath(new URL('../programs/small-memory.mjs', import.meta.url));
const EXPECTED = {
  'a pool of 16 MiB': 'ERR_MEMORY_FULL',
  'arguments of 16 MiB': 'ERR_MEMORY_FULL',
  'a state of 16 MiB': 'ERR_MEMORY_FULL',
  'a job after them': 'done',
  'a queue of 16 MiB': 'ERR_MEMORY_FULL',
};

export async function run() {
  // A file system of 4 MiB over /dev/shm, seen by this one program alone.
  const mount = 'mount -t tmpfs -o size=4m tmpfs /dev/shm && exec "$@"';
  const probe = spawnSync('unshare', ['-m', 'sh', '-c', mount, 'sh', 'true']);
  if (probe.status !== 0)
    return { skipped: 'a mount namespace cannot be made here; run it as root', ok: true };
  const ran = spawnSync('unshare', ['-m', 'sh', '-c', mount, 'sh', process.execPath, PROGRAM], {
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
