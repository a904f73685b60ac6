// The checker on a project of some 400 files: a cold `check` against a cold `tsc --noEmit` of the compiler that the project has
// installed, by processor time and by the clock; and how soon `check --watch` answers a changed file.
import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { makeProject, type ProjectSize } from './checker/project.js';
import type { BenchOptions, BenchResult, Goal, Row, Subject } from './measure/benchmark.js';
import { childrenMs } from './measure/process-facts.js';
import { mustBe, result } from './measure/result.js';
import { alternate, median, medianOf } from './measure/rounds.js';
import { roundsOf, sized } from './measure/size.js';

const checkout = fileURLToPath(new URL('..', import.meta.url));
const CLI = join(checkout, 'bin/create-mproc-worker.js');
/** A compiler that is installed here, and how much longer than it the checker may take. */
interface Compiler {
  readonly name: string;
  readonly folder: string;
  readonly tsc: string;
  readonly goal?: number;
}

/** What `check --format json` prints, as far as it is looked at. */
interface Report {
  readonly findings: readonly { readonly file: string; readonly message: string }[];
  readonly checked: { readonly workers: number };
}

const COMPILERS: readonly [Compiler, ...Compiler[]] = [
  { name: 'TypeScript 6', folder: '@typescript/old', tsc: 'bin/tsc', goal: 1.5 },
  { name: 'TypeScript 5.5', folder: 'typescript5', tsc: 'bin/tsc', goal: 1.5 },
  // Written in Go, and of many threads: the rules need a compiler in JavaScript beside it.
  { name: 'TypeScript 7', folder: 'typescript', tsc: 'bin/tsc' },
];
const WATCH_MS = 300;
const WHICH = ['check', 'tsc'] as const;
type Which = (typeof WHICH)[number];

export async function run(options: BenchOptions): Promise<BenchResult> {
  const size = {
    workers: sized(110, options, 2),
    queues: sized(10, options),
    modules: sized(160, options, 3),
  };
  const measured: Compared[] = [];
  for (const compiler of COMPILERS.filter(({ folder }) => existsSync(join(checkout, 'node_modules', folder))))
    measured.push(await compare(compiler, size, options));
  const answers = await watchAnswers(size, sized(20, options, 5));
  return result('check', {
    goals: [
      ...measured.flatMap(({ name, goal, cpu, wall }): Goal[] =>
        goal === undefined
          ? []
          : [
              { against: `tsc of ${name}, processor time`, ratio: cpu, goal, sense: 'at most' },
              { against: `tsc of ${name}, by the clock`, ratio: wall, goal, sense: 'at most' },
            ],
      ),
      {
        against: `${WATCH_MS} ms to answer a changed file`,
        ratio: median(answers) / WATCH_MS,
        goal: 1,
        sense: 'at most',
      },
    ],
    rows: [
      ...measured.flatMap(({ rows }) => rows),
      { subject: '--watch, a changed file, median', value: median(answers), unit: 'ms' },
      { subject: '--watch, a changed file, slowest', value: Math.max(...answers), unit: 'ms' },
    ],
  });
}

interface Compared {
  readonly name: string;
  readonly goal: number | undefined;
  /** Of the checker's time to the compiler's. */
  readonly cpu: number;
  readonly wall: number;
  readonly rows: readonly Row[];
}

/** Cold processes by turns. */
async function compare(
  { name, folder, tsc, goal }: Compiler,
  size: ProjectSize,
  options: BenchOptions,
): Promise<Compared> {
  const project = makeProject({ ...size, typescript: folder });
  const cpu: Record<Which, number[]> = { check: [], tsc: [] };
  const command: Readonly<Record<Which, string[]>> = {
    check: [CLI, 'check', '--format', 'json', '--cwd', project.root],
    tsc: [join(project.root, 'node_modules/typescript', tsc), '--noEmit', '-p', project.root],
  };
  const subject = (which: Which): Subject => ({
    name: `${which}, ${name}`,
    measure: () => {
      const before = childrenMs();
      const began = performance.now();
      const { status, stdout } = spawnSync(process.execPath, command[which], {
        encoding: 'utf8',
        maxBuffer: 64 * 1024 * 1024,
      });
      const took = performance.now() - began;
      cpu[which].push(childrenMs() - before);
      mustBe(`exit code of ${which} (${stdout.slice(0, 1000)})`, status, 0);
      if (which === 'check')
        mustBe('number of workers', (JSON.parse(stdout) as Report).checked.workers, size.workers);
      return took;
    },
  });
  try {
    const wall = await alternate([subject('check'), subject('tsc')], roundsOf(options, 5));
    const wallMs = { check: medianOf(wall, `check, ${name}`), tsc: medianOf(wall, `tsc, ${name}`) };
    const cpuMs = { check: median(cpu.check), tsc: median(cpu.tsc) };
    return {
      name,
      goal,
      cpu: cpuMs.check / cpuMs.tsc,
      wall: wallMs.check / wallMs.tsc,
      rows: WHICH.flatMap((which) => [
        { subject: `${which}, ${name}, processor time`, value: cpuMs[which], unit: 'ms' },
        { subject: `${which}, ${name}, by the clock`, value: wallMs[which], unit: 'ms' },
      ]),
    };
  } finally {
    project.remove();
  }
}

/** Milliseconds from a write to the answer that tells of it. */
async function watchAnswers(size: ProjectSize, changes: number): Promise<number[]> {
  const project = makeProject({ ...size, typescript: COMPILERS[0].folder });
  const child = spawn(
    process.execPath,
    [CLI, 'check', '--watch', '--format', 'json', '--cwd', project.root],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  try {
    const reports = new Reports(child);
    await reports.watching;
    const answers: number[] = [];
    for (let change = 0; change < changes; change += 1) {
      const path = pathOf(change, size);
      const text = project.read(path);
      answers.push(await reports.after(() => project.write(path, broken(path, text)), [path]));
      answers.push(await reports.after(() => project.write(path, text), []));
    }
    return answers;
  } finally {
    child.kill('SIGKILL');
    await new Promise((done) => child.once('close', done));
    project.remove();
  }
}

/** By turns a worker, its listeners, and a module that others import. */
function pathOf(change: number, { workers, modules }: ProjectSize): string {
  const worker = `worker${(change * 7) % workers}`;
  const paths = [
    `src/workers/${worker}.worker.ts`,
    `src/listeners/${worker}.listeners.ts`,
    `src/lib/module${1 + ((change * 11) % (modules - 1))}.ts`,
  ];
  return paths[change % paths.length]!;
}

function broken(path: string, text: string): string {
  return path.includes('worker.ts')
    ? text.replace('import.meta.url', "'elsewhere'")
    : `${text}const wrong: string = 1;\n`;
}

/** The reports of a watcher, one after the other. */
class Reports {
  #text = '';
  #told: ((report: Report) => void) | undefined;
  #last = 'nothing';
  readonly watching: Promise<void>;

  constructor(child: ChildProcessByStdio<null, Readable, Readable>) {
    let isWatching = (): void => {};
    this.watching = new Promise((done) => {
      isWatching = done;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes('watching')) isWatching();
      else process.stderr.write(text);
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#text += text;
      this.#take();
    });
  }

  /** A report ends with the brace that stands alone. */
  #take(): void {
    for (let end = this.#text.indexOf('\n}\n'); end >= 0; end = this.#text.indexOf('\n}\n')) {
      const report = JSON.parse(this.#text.slice(0, end + 2)) as Report;
      this.#text = this.#text.slice(end + 3);
      this.#last = report.findings.map(({ file, message }) => `${file}: ${message}`).join('; ');
      this.#told?.(report);
    }
  }

  /** @returns milliseconds until a report whose findings are in these files and in no others */
  async after(change: () => void, files: readonly string[]): Promise<number> {
    const began = performance.now();
    const answered = new Promise<void>((done) => {
      this.#told = ({ findings }) => {
        const found = [...new Set(findings.map(({ file }) => file))];
        if (found.length === files.length && found.every((file) => files.includes(file))) done();
      };
    });
    change();
    const watchdog = setTimeout(() => {
      throw new Error(`the watcher has not told of ${files} in a minute, but of ${this.#last}`);
    }, 60_000);
    await answered;
    clearTimeout(watchdog);
    return performance.now() - began;
  }
}
