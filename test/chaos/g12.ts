// G12: a fault at every system call by which the generator touches the disk. Whatever fault, wherever it strikes: once the
// next run has cleaned up, the tree is as it was before or as it is after, and nothing between.
//
//   node --import tsx test/chaos/g12.ts [--sample <faults per scenario>] [--seed <n>] [--only <part of a scenario's name>]
//
// A first run of each scenario under strace tells which calls touch the project. Then each of them is made to fail with
// ENOSPC and with EIO, and to be where the run is killed.
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { pathsBelow } from '../paths-below.js';

const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));
const CALLS = ['openat', 'write', 'fsync', 'rename', 'link', 'unlink', 'mkdir', 'rmdir', 'chmod'];
const FAULTS = ['signal=KILL', 'error=ENOSPC', 'error=EIO'];
/** The generator's own bookkeeping, which tells of runs and is not part of the project. */
const BOOKKEEPING = /(?:^|\/)\.mproc\/(?:undo|journal|lock|trash)/;

const { values } = parseArgs({
  options: {
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    json: { type: 'boolean' },
  },
});
const sample = values.sample === undefined ? Number.POSITIVE_INFINITY : Number(values.sample);
const work = realpathSync(mkdtempSync(join(tmpdir(), 'g12-')));

// A copy, so that a build meanwhile does not change what is struck.
const copy = join(work, 'generator');
for (const part of ['bin', 'dist', 'templates', 'package.json'])
  cpSync(join(CHECKOUT, part), join(copy, part), { recursive: true });
symlinkSync(join(CHECKOUT, 'node_modules'), join(copy, 'node_modules'));
const BIN = join(copy, 'bin', 'create-mproc-worker.js');

function generator(
  place: string,
  args: readonly string[],
  strace: readonly string[] = [],
): SpawnSyncReturns<string> {
  const [program = '', ...rest] = [...strace, process.execPath, BIN, ...args];
  return spawnSync(program, rest, { cwd: place, encoding: 'utf8', env: { ...process.env, CI: 'true' } });
}

function succeed(place: string, args: readonly string[]): void {
  const run = generator(place, args);
  if (run.status !== 0) throw new Error(`${args.join(' ')} ended with ${run.status}: ${run.stderr}`);
}

const WORKER = ['add', 'worker', 'Extra', '--args', 'string', '--events', 'start', '--yes'];

/** How a place is made, what is done to it, and the next run, which cleans up what the first one left. */
interface Scenario {
  prepare(place: string): void;
  readonly act: readonly string[];
  next(place: string): void;
  /** The next run does what the first one should have. */
  readonly nextActs: boolean;
}

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'create a project': {
    prepare: (place) => void mkdirSync(place),
    act: ['demo', '--yes', '--no-git'],
    next: (place) => succeed(place, ['demo', '--yes', '--no-git']),
    nextActs: true,
  },
  'create a project beside a README': {
    prepare: (place) => {
      mkdirSync(join(place, 'demo'), { recursive: true });
      writeFileSync(join(place, 'demo', 'README.md'), '# mine\n');
      writeFileSync(join(place, 'demo', '.gitignore'), 'mine\n');
    },
    act: ['demo', '--yes', '--no-git'],
    next: (place) => succeed(place, ['demo', '--yes', '--no-git']),
    nextActs: true,
  },
  'add a worker': inProject(WORKER),
  'add a queue': inProject(['add', 'queue', 'Orders', '--engine', 'sqlite', '--no-install']),
  'bind a listener': inProject(['add', 'listener', 'Audit', '--worker', 'Sums']),
  undo: inProject(['undo'], WORKER),
};

function inProject(act: readonly string[], earlier?: readonly string[]): Scenario {
  return {
    prepare: (place) => {
      makeProject(place);
      if (earlier) succeed(join(place, 'demo'), earlier);
    },
    act: [...act, '--cwd', 'demo'],
    // An `add` of what is there repairs what it finds and has nothing else to do.
    next: (place) => succeed(place, ['add', 'strategy', 'Patient', '--cwd', 'demo']),
    nextActs: false,
  };
}

let project: string | undefined;
function makeProject(place: string): void {
  if (project === undefined) {
    project = join(work, 'project');
    mkdirSync(project);
    succeed(project, ['demo', '--yes', '--no-git']);
    succeed(join(project, 'demo'), ['add', 'strategy', 'Patient']);
    rmSync(join(project, 'demo', '.mproc', 'undo'), { recursive: true });
  }
  cpSync(project, place, { recursive: true });
}

/** Every path below a folder with a hash of what it holds, but for the bookkeeping. */
function treeOf(folder: string): string {
  const lines: string[] = [];
  for (const path of pathsBelow(folder, BOOKKEEPING)) {
    if (path.endsWith('.mproc')) continue;
    const status = lstatSync(join(folder, path));
    const content = status.isFile()
      ? createHash('sha256')
          .update(readFileSync(join(folder, path)))
          .digest('hex')
      : 'folder';
    lines.push(`${path} ${content}`);
  }
  return lines.join('\n');
}

/** What an interrupted run may leave and the next one has to sweep. */
function litterIn(folder: string): string[] {
  return pathsBelow(folder).filter((path) => /\.mproc-new|\.mproc\/journal/.test(path));
}

/** The calls by which a run touches the place, each as the number that it has among the calls of its name. */
interface Call {
  readonly name: string;
  readonly number: number;
}

function callsOf({ prepare, act }: Scenario): { readonly calls: readonly Call[]; readonly after: string } {
  const place = join(work, 'traced');
  prepare(place);
  const log = join(work, 'strace.log');
  const run = generator(place, act, ['strace', '-y', '-o', log, '-e', `trace=${CALLS.join()}`]);
  if (run.status !== 0) throw new Error(`the traced run ended with ${run.status}: ${run.stderr}`);
  const seen = new Map<string, number>();
  const calls: Call[] = [];
  for (const line of readFileSync(log, 'utf8').split('\n')) {
    const name = /^(\w+)\(/.exec(line)?.[1];
    if (!name) continue;
    const number = (seen.get(name) ?? 0) + 1;
    seen.set(name, number);
    const isReading = name === 'openat' && !line.includes('O_CREAT');
    if (line.includes(place) && !isReading) calls.push({ name, number });
  }
  const after = treeOf(place);
  rmSync(place, { recursive: true });
  return { calls, after };
}

/** @returns what became of the tree, and whether the run itself said so */
function strike(
  scenario: Scenario,
  before: string,
  after: string,
  { name, number }: Call,
  fault: string,
): 'before' | 'after' | 'between' {
  const place = join(work, 'struck');
  scenario.prepare(place);
  const run = generator(place, scenario.act, [
    'strace',
    '-o',
    '/dev/null',
    '-e',
    `trace=${name}`,
    '-e',
    `inject=${name}:${fault}:when=${number}`,
  ]);
  const litter = litterIn(place).length > 0;
  const struckTree = treeOf(place);
  scenario.next(place);
  const tree = treeOf(place);
  const clean = litterIn(place).length === 0;
  rmSync(place, { recursive: true });
  // A run that says "done" has done it; one that says "nothing was written" has left nothing.
  const honest = run.status !== 0 || struckTree === after;
  if (!clean || !honest) return 'between';
  if (scenario.nextActs)
    return tree !== after ? 'between' : litter || struckTree !== after ? 'before' : 'after';
  return tree === before ? 'before' : tree === after ? 'after' : 'between';
}

/** The same choice for the same seed. */
type Strike = readonly [call: Call, fault: string];

function chosen(strikes: readonly Strike[]): readonly Strike[] {
  if (strikes.length <= sample) return strikes;
  const rank = (strike: Strike): string =>
    createHash('sha256')
      .update(`${values.seed} ${JSON.stringify(strike)}`)
      .digest('hex');
  return [...strikes].sort((a, b) => (rank(a) < rank(b) ? -1 : 1)).slice(0, sample);
}

const figures = { name: 'g12', faults: 0, before: 0, after: 0, between: 0 };
const broken: string[] = [];
try {
  if (spawnSync('strace', ['-V']).status !== 0) throw new Error('strace is not installed');
  for (const [title, scenario] of Object.entries(SCENARIOS)) {
    if (!title.includes(values.only)) continue;
    const blank = join(work, 'blank');
    scenario.prepare(blank);
    const before = treeOf(blank);
    rmSync(blank, { recursive: true });
    const { calls, after } = callsOf(scenario);
    for (const [call, fault] of chosen(
      calls.flatMap((call) => FAULTS.map((fault): Strike => [call, fault])),
    )) {
      const outcome = strike(scenario, before, after, call, fault);
      figures.faults += 1;
      figures[outcome] += 1;
      if (outcome === 'between') broken.push(`${title}: ${call.name} number ${call.number}, ${fault}`);
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
const ok = figures.between === 0 && figures.faults > 0;
console.log(JSON.stringify({ ...figures, ok, ...(broken.length > 0 ? { broken } : {}) }));
process.exitCode = ok ? 0 : 1;
