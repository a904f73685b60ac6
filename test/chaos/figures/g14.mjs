import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { SharedMemoryQueue } from 'mproc-worker';
import { compiled } from '../../native/compile.mjs';
import { seeded } from '../seeded.mjs';

export const goal =
  'each system call of parent and queue fails, with each errno it can have: a typed error or a later success, nothing left, nobody who lives taken for dead';
/** Faults that are tried of each scenario; 0 for all. */
export const sizes = { smoke: { rounds: 1 }, reduced: { rounds: 40 }, full: { rounds: 0 } };

const PROGRAM = fileURLToPath(new URL('../faults/scenario.mjs', import.meta.url));
const HOLDER = fileURLToPath(new URL('../faults/holder.mjs', import.meta.url));
const LONGEST_MS = 240_000;
const AT_ONCE = 2;

/** What each call can come to where something runs out, or is out of order. */
const ERRNOS = {
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

export async function run({ rounds, seed }) {
  const random = seeded(seed);
  const library = compiled('fail-call.c');
  if (library.problem) return { skipped: library.problem, ok: true };
  const built = await buildInsides();
  try {
    return {
      seed: random.seed,
      ...(await measure({ file: library.file, insides: built.file }, rounds, random)),
    };
  } finally {
    library.remove();
    rmSync(built.folder, { recursive: true });
  }
}

/** Below the repository, so that packages are found. */
async function buildInsides() {
  const cache = fileURLToPath(new URL('../../../node_modules/.cache/g14', import.meta.url));
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'insides-'));
  const file = join(folder, 'insides.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('../faults/insides.ts', import.meta.url))],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
  });
  return { folder, file };
}

/** How this user may have a /dev/shm of its own; `undefined` where it may not. */
function ownSharedMemory() {
  const ways = [['-m'], ['-r', '-m']];
  return ways.find((way) => spawnSync('unshare', [...way, 'sh', '-c', MOUNT, 'sh', 'true']).status === 0);
}
const way = ownSharedMemory();

async function measure(library, rounds, random) {
  const problems = [];
  const tried = {};
  for (const scenario of SCENARIOS) {
    if (scenario === 'clean' && way === undefined) {
      tried[scenario] = 'it needs a mount namespace, which cannot be made here';
      continue;
    }
    const faults = chosen(await faultsOf(scenario, library), rounds, random);
    tried[scenario] = faults.length;
    const left = [...faults];
    const work = async () => {
      for (let fault = left.pop(); fault !== undefined; fault = left.pop()) {
        const found = await problemsOf(scenario, library, fault);
        problems.push(...found.map((problem) => ({ scenario, fault, problem })));
        for (const problem of found) console.error(`${scenario}, ${fault}: ${problem}`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }
  return { tried, problems: problems.slice(0, 50), problemCount: problems.length, ok: problems.length === 0 };
}

/** Every call of a scenario, once with each errno; and some calls from the first, the middle and the last on for long. */
async function faultsOf(scenario, library) {
  const folder = mkdtempSync(join(tmpdir(), 'mproc-g14-'));
  try {
    const file = join(folder, 'counts');
    await runProgram(scenario, library, { MPROC_FAIL_COUNTS: file });
    const counts = Object.fromEntries(
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

function fault(call, errno, at, count) {
  return `${call}:${errno}:${at}:${count}`;
}

/** So many, spread evenly over all of them. */
function chosen(faults, most, random) {
  if (most === 0 || faults.length <= most) return faults;
  const step = faults.length / most;
  const offset = random.next() * step;
  return Array.from({ length: most }, (_, index) => faults[Math.floor(index * step + offset)]);
}

async function problemsOf(scenario, library, wanted) {
  const [call, errno, ...rest] = wanted.split(':');
  const env = { MPROC_FAIL: [call, constants.errno[errno], ...rest].join(':') };
  const { code, signal, stdout, stderr, queueProblem, pid } = await runProgram(scenario, library, env);
  const problems = queueProblem === undefined ? [] : [queueProblem];
  if (code !== 0 || !stdout.startsWith('{'))
    return [...problems, `ended with ${signal ?? code}: ${stderr.slice(-600)}`];
  const { outcomes, problem, left } = JSON.parse(stdout);
  if (problem) problems.push(problem);
  for (const [step, outcome] of Object.entries(outcomes))
    if (!/^(ok|ERR_\w+)$/.test(outcome)) problems.push(`${step}: ${outcome}`);
  for (const [what, count] of Object.entries(left)) if (count > 0) problems.push(`left ${count} ${what}`);
  const files = readdirSync('/dev/shm').filter((file) => new RegExp(`^mproc-.*\\b${pid}\\b`).test(file));
  if (files.length > 0) problems.push(`left ${files}`);
  return problems;
}

let programs = 0;

async function runProgram(scenario, { file: library, insides }, env) {
  programs += 1;
  const name = scenario === 'named queue' ? `g14-${process.pid}-${programs}` : '';
  const held = name === '' ? undefined : await hold(name);
  const words = [process.execPath, '--expose-gc', PROGRAM, scenario, name, insides];
  const isApart = scenario === 'clean';
  const [command, ...args] = isApart ? ['unshare', ...way, 'sh', '-c', MOUNT, 'sh', ...words] : words;
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
  for (const stream of ['stdout', 'stderr'])
    child[stream].on('data', (chunk) => {
      said[stream] += chunk;
    });
  const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS);
  const [code, signal] = await once(child, 'close');
  clearTimeout(timer);
  return { code, signal, ...said, pid: child.pid, queueProblem: await held?.end() };
}

/** Another process has a lease of a queue, and must have it still when all is over. */
async function hold(name) {
  const holder = spawn(process.execPath, [HOLDER, name], { stdio: ['pipe', 'pipe', 'inherit'] });
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
