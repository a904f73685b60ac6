import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { SharedMemoryQueue } from 'mproc-worker';
import { buildProgram } from '../../../scripts/built-program.js';
import { compiled } from '../../native/compile.js';
import type { ScenarioResult } from '../faults/scenario.js';
import type { Measured } from '../figure.js';
import type { Random } from '../fuzz/random.js';
import { seeded } from '../seeded.js';

export const goal =
  'each system call of parent and queue fails, with each errno it can have: a typed error or a later success, nothing left, nobody who lives taken for dead';
/** Faults that are tried of each scenario; 0 for all. */
export const sizes = { smoke: { rounds: 1 }, reduced: { rounds: 40 }, full: { rounds: 0 } };

const PROGRAM = new URL('../faults/scenario.ts', import.meta.url);
const HOLDER = new URL('../faults/holder.ts', import.meta.url);
const LONGEST_MS = 240_000;
const AT_ONCE = 2;

/** What each call can come to where something runs out, or is out of order. */
const ERRNOS: Readonly<Record<string, readonly (keyof typeof constants.errno)[]>> = {
  open: ['EMFILE', 'ENFILE', 'ENOMEM', 'EINTR', 'EACCES', 'EIO'],
  close: ['EIO'],
  read: ['EIO', 'EINTR', 'ENOMEM'],
  write: ['ENOSPC', 'EDQUOT', 'EFBIG', 'ENOMEM', 'EINTR'],
  mmap: ['ENOMEM', 'EAGAIN', 'ENFILE'],
  fallocate: ['ENOSPC', 'EFBIG', 'EINTR', 'ENOMEM'],
  ftruncate: ['EFBIG', 'ENOSPC', 'EINTR'],
  socketpair: ['EMFILE', 'ENFILE', 'ENOMEM'],
  pipe: ['EMFILE', 'ENFILE'],
  fork: ['EAGAIN', 'ENOMEM'],
  exec: ['E2BIG', 'ENOMEM', 'EACCES'],
  fcntl: ['ENOMEM', 'EINTR', 'EAGAIN'],
  fchmod: ['EIO'],
  stat: ['ENOMEM', 'EIO'],
  readlink: ['ENOMEM', 'EIO'],
  unlink: ['EIO', 'ENOMEM'],
  link: ['ENOSPC', 'EDQUOT', 'ENOMEM'],
  opendir: ['EMFILE', 'ENFILE', 'ENOMEM'],
  inotify_init: ['EMFILE', 'ENFILE'],
  inotify_add: ['ENOSPC', 'ENOMEM'],
  rename: ['ENOSPC', 'EDQUOT', 'EIO', 'ENOMEM'],
  mkdir: ['ENOSPC', 'EDQUOT', 'EMLINK', 'ENOMEM'],
  kill: ['EPERM'],
  lseek: ['EIO'],
  madvise: ['ENOMEM', 'EAGAIN'],
};
/** These may fail for long without Node.js itself ending the program. */
const FOR_LONG = [
  'open',
  'mmap',
  'fallocate',
  'socketpair',
  'fork',
  'exec',
  'link',
  'rename',
  'mkdir',
  'opendir',
  'inotify_init',
  'inotify_add',
];
/** The last is of all shared memory of this user: it has one of its own. */
const SCENARIOS = ['pool', 'private queue', 'named queue', 'kept jobs', 'clean'];
const MOUNT = 'mount -t tmpfs -o size=64m tmpfs /dev/shm && LD_PRELOAD="$MPROC_PRELOAD" exec "$@"';

/** What is started, and the library that makes its calls to the system fail. */
interface Programs {
  readonly library: string;
  readonly program: string;
  readonly holder: string;
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly pid: number | undefined;
  readonly queueProblem: string | undefined;
}

interface Size {
  readonly rounds: number;
  readonly seed?: number | undefined;
}

export async function run({ rounds, seed }: Size): Promise<Measured> {
  const random = seeded(seed);
  const library = compiled('fail-call.c');
  if (library.problem !== undefined) return { skipped: library.problem, ok: true };
  try {
    const [program, holder] = await Promise.all([buildProgram(PROGRAM), buildProgram(HOLDER)]);
    const measured = await measure({ library: library.file, program, holder }, rounds, random);
    return { seed: random.seed, ...measured };
  } finally {
    library.remove();
  }
}

/** How this user may have a /dev/shm of its own; `undefined` where it may not. */
function ownSharedMemory(): string[] | undefined {
  const ways = [['-m'], ['-r', '-m']];
  return ways.find((way) => spawnSync('unshare', [...way, 'sh', '-c', MOUNT, 'sh', 'true']).status === 0);
}
const way = ownSharedMemory();

async function measure(programs: Programs, rounds: number, random: Random): Promise<Measured> {
  const problems: { readonly scenario: string; readonly fault: string; readonly problem: string }[] = [];
  const tried: Record<string, number | string> = {};
  for (const scenario of SCENARIOS) {
    if (scenario === 'clean' && way === undefined) {
      tried[scenario] = 'it needs a mount namespace, which cannot be made here';
      continue;
    }
    const faults = chosen(await faultsOf(scenario, programs), rounds, random);
    tried[scenario] = faults.length;
    const left = [...faults];
    const work = async (): Promise<void> => {
      for (let fault = left.pop(); fault !== undefined; fault = left.pop()) {
        const found = await problemsOf(scenario, programs, fault);
        problems.push(...found.map((problem) => ({ scenario, fault, problem })));
        for (const problem of found) console.error(`${scenario}, ${fault}: ${problem}`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }
  return { tried, problems: problems.slice(0, 50), problemCount: problems.length, ok: problems.length === 0 };
}

/** Every call of a scenario, once with each errno; and some calls from the first, the middle and the last on for long. */
async function faultsOf(scenario: string, programs: Programs): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mproc-g14-'));
  try {
    const file = join(folder, 'counts');
    await runProgram(scenario, programs, { MPROC_FAIL_COUNTS: file });
    const counts: Readonly<Record<string, string>> = Object.fromEntries(
      readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => line.split(' ')),
    );
    return Object.entries(ERRNOS).flatMap(([call, errnos]) => {
      const count = Number(counts[call]);
      const once = Array.from({ length: count }, (_, at) =>
        errnos.map((errno) => fault(call, errno, at + 1, 1)),
      ).flat();
      if (!FOR_LONG.includes(call) || count === 0) return once;
      const from = [...new Set([1, Math.ceil(count / 2), count])];
      return [
        ...once,
        ...from.flatMap((at) =>
          errnos.filter((errno) => errno !== 'EINTR').map((errno) => fault(call, errno, at, 0)),
        ),
      ];
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function fault(call: string, errno: string, at: number, count: number): string {
  return `${call}:${errno}:${at}:${count}`;
}

/** So many, spread evenly over all of them. */
function chosen(faults: readonly string[], most: number, random: Random): readonly string[] {
  if (most === 0 || faults.length <= most) return faults;
  const step = faults.length / most;
  const offset = random.next() * step;
  return Array.from({ length: most }, (_, index) => faults[Math.floor(index * step + offset)]!);
}

async function problemsOf(scenario: string, programs: Programs, wanted: string): Promise<string[]> {
  const [call, errno, ...rest] = wanted.split(':');
  const env = {
    MPROC_FAIL: [call, constants.errno[errno as keyof typeof constants.errno], ...rest].join(':'),
  };
  const { code, signal, stdout, stderr, queueProblem, pid } = await runProgram(scenario, programs, env);
  const problems = queueProblem === undefined ? [] : [queueProblem];
  if (code !== 0 || !stdout.startsWith('{'))
    return [...problems, `ended with ${signal ?? code}: ${stderr.slice(-600)}`];
  const { outcomes, problem, left } = JSON.parse(stdout) as ScenarioResult;
  if (problem) problems.push(problem);
  for (const [step, outcome] of Object.entries(outcomes))
    if (!/^(ok|ERR_\w+)$/.test(outcome)) problems.push(`${step}: ${outcome}`);
  for (const [what, count] of Object.entries(left)) if (count > 0) problems.push(`left ${count} ${what}`);
  const files = readdirSync('/dev/shm').filter((file) => new RegExp(`^mproc-.*\\b${pid}\\b`).test(file));
  if (files.length > 0) problems.push(`left ${files}`);
  return problems;
}

let started = 0;

async function runProgram(
  scenario: string,
  { library, program, holder }: Programs,
  env: NodeJS.ProcessEnv,
): Promise<Ended> {
  started += 1;
  const name = scenario === 'named queue' ? `g14-${process.pid}-${started}` : '';
  const held = name === '' ? undefined : await hold(holder, name);
  const words = [process.execPath, '--expose-gc', program, scenario, name];
  const isApart = scenario === 'clean';
  const [command = '', ...args] = isApart
    ? ['unshare', ...(way ?? []), 'sh', '-c', MOUNT, 'sh', ...words]
    : words;
  const child = spawn(command, args, {
    env: {
      ...process.env,
      MPROC_FAIL_AFTER: 'begin',
      [isApart ? 'MPROC_PRELOAD' : 'LD_PRELOAD']: library,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].on('data', (chunk) => {
      said[stream] += chunk;
    });
  const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS);
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  clearTimeout(timer);
  return { code, signal, ...said, pid: child.pid, queueProblem: await held?.end() };
}

/** Another process has a lease of a queue, and must have it still when all is over. */
async function hold(program: string, name: string): Promise<{ end(): Promise<string | undefined> }> {
  const holder = spawn(process.execPath, [program, name], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(holder, 'exit');
  let said = '';
  holder.stdout.on('data', (chunk) => {
    said += chunk;
  });
  await once(holder.stdout, 'data');
  return {
    async end() {
      said = '';
      holder.stdin.end();
      await ended;
      await SharedMemoryQueue.open(name).destroy();
      const files = readdirSync('/dev/shm').filter((file) => file.includes(name));
      if (files.length > 0) return `left ${files}`;
      return said.trim() === 'ok' ? undefined : `the lease of a living process came to ${said.trim()}`;
    },
  };
}
