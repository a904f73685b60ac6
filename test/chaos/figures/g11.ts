import { spawnSync } from 'node:child_process';
import { buildProgram } from '../../../scripts/built-program.js';
import { compiled } from '../../native/compile.js';
import type { Measured } from '../figure.js';

export const goal =
  'a /dev/shm that is too small: other memory, or a typed error where there is none, never SIGBUS, and what fits still works';
export const sizes = { smoke: {}, reduced: {}, full: {} };

const PROGRAM = new URL('../programs/small-memory.ts', import.meta.url);
const ALWAYS = {
  'a pool that was refused, soon after': '0 processes, 0 segments',
  'a job after them': 'done',
  // The one that it began with: none of them took its process along.
  'a map after them': 'done in 1 process',
  'a queue of 16 MiB': 'ERR_PLATFORM',
  'a value of 16 MiB in a queue': 'ERR_VALUE',
};
/** Where there is memory apart from /dev/shm. */
const WITH_MEMORY_FILES = {
  ...ALWAYS,
  'a pool of 16 MiB': 'done',
  'arguments of 16 MiB': 'done',
  'arguments with a text of 16 MiB': 'done',
  'a job that makes bytes of 16 MiB': 'done after 1',
  'a job that makes text of 16 MiB': 'done after 1',
  'a job that makes error of 16 MiB': 'its own error after 2',
  'a job that makes progress of 16 MiB': 'done after 1',
  'a job that makes state of 16 MiB': 'its own error after 2',
  'a shared array of 16 MiB': 'done',
  'a state of 16 MiB': 'done',
};
const WITHOUT = {
  ...ALWAYS,
  'a pool of 16 MiB': 'ERR_PLATFORM',
  'arguments of 16 MiB': 'ERR_PLATFORM',
  'arguments with a text of 16 MiB': 'ERR_PLATFORM',
  'a job that makes bytes of 16 MiB': 'ERR_PLATFORM after 2',
  'a job that makes text of 16 MiB': 'ERR_PLATFORM after 2',
  'a job that makes error of 16 MiB': 'ERR_PLATFORM after 2',
  'a job that makes progress of 16 MiB': 'ERR_PLATFORM after 2',
  'a job that makes state of 16 MiB': 'ERR_PLATFORM after 2',
  'a shared array of 16 MiB': 'ERR_PLATFORM',
  'a state of 16 MiB': 'ERR_PLATFORM',
};

// A file system of 4 MiB over /dev/shm, seen by this one program alone.
const MOUNT = 'mount -t tmpfs -o size=4m tmpfs /dev/shm && exec "$@"';

type Outcomes = Readonly<Record<string, string>>;

interface Told {
  readonly outcomes: Outcomes;
  readonly signal: NodeJS.Signals | null;
  readonly exitCode: number | null;
  readonly said?: string;
}

function runProgram(way: readonly string[], program: string, env: NodeJS.ProcessEnv): Told {
  const ran = spawnSync('unshare', [...way, 'sh', '-c', MOUNT, 'sh', process.execPath, program], {
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, ...env },
  });
  const last = ran.stdout.trim().split('\n').at(-1) ?? '';
  const isTold = last.startsWith('{');
  const outcomes = isTold ? (JSON.parse(last) as Outcomes) : {};
  return {
    outcomes,
    signal: ran.signal,
    exitCode: ran.status,
    ...(!isTold && { said: ran.stderr.slice(-500) }),
  };
}

function isRight({ outcomes, signal, exitCode }: Told, expected: Outcomes): boolean {
  const wrong = Object.entries(expected).filter(([name, outcome]) => outcomes[name] !== outcome);
  return exitCode === 0 && signal === null && wrong.length === 0;
}

export async function run(): Promise<Measured> {
  // Root may make one; others where they may have a namespace of users of their own.
  const ways = [['-m'], ['-r', '-m']];
  const probes = ways.map((way) => spawnSync('unshare', [...way, 'sh', '-c', MOUNT, 'sh', 'true']));
  const way = ways[probes.findIndex(({ status }) => status === 0)];
  const probe = probes[0];
  if (way === undefined)
    return {
      skipped: `it needs a mount namespace, as root may make, which cannot be made here: ${probe?.error?.message ?? probe?.stderr.toString().trim()}`,
      ok: true,
    };
  const program = await buildProgram(PROGRAM);
  const told = runProgram(way, program, {});
  const native = compiled('no-memory-files.c');
  if (native.problem !== undefined)
    return { ...told, unproved: native.problem, ok: isRight(told, WITH_MEMORY_FILES) };
  const refused = runProgram(way, program, { LD_PRELOAD: native.file });
  native.remove();
  return {
    ...told,
    withoutMemoryFiles: refused,
    ok: isRight(told, WITH_MEMORY_FILES) && isRight(refused, WITHOUT),
  };
}
