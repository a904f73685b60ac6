import { accessSync, constants, existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { defineCommand } from 'citty';
import { monotonicMs } from '../clock/monotonic-ms.js';
import { delay } from '../clock/timers.js';
import { childrenMeant, type FoundChild } from '../inspect/child-processes.js';
import { askParent } from '../inspect/debugger/ask-parent.js';
import { mustHaveProc } from '../inspect/must-have-proc.js';
import { traceFrame } from '../pool/transport/trace-request.js';
import { problemFileOf } from '../trace/trace-for.js';
import { millisecondsOf } from './milliseconds-of.js';

/** How often it is looked for the file. */
const LOOK_MS = 100;
/** How long the program may take to write it. */
const WRITING_MS = 60_000;

export const traceCommand = defineCommand({
  meta: {
    name: 'trace',
    description: 'Record what a pool does for a while: a file for https://ui.perfetto.dev, and a report.',
  },
  args: {
    pid: {
      type: 'positional',
      description: 'Pid of the program, or of one of its processes',
      required: true,
    },
    for: { type: 'string', description: 'How long: 10s, 500ms', default: '10s', valueHint: '10s' },
    output: { type: 'string', alias: 'o', description: 'The file', default: 'trace.json', valueHint: 'file' },
    html: { type: 'string', description: 'A report as well, one page of HTML', valueHint: 'file' },
  },
  async run({ args }) {
    mustHaveProc('trace');
    const pools = [...byPool(childrenMeant(args.pid)).values()];
    if (pools.length === 0)
      throw new Error(`no pool of yours has the pid ${args.pid}, or a process with it; mproc ps lists them`);
    const forMs = millisecondsOf('--for', args.for);
    const written = await Promise.all(
      pools.map((children, at) => {
        const named = (path: string) => resolve(at === 0 ? path : path.replace(/(\.\w+)?$/, `-${at + 1}$1`));
        return traceOne(children, named(args.output), args.html && named(args.html), forMs);
      }),
    );
    for (const file of written.flat()) process.stdout.write(`written: ${file}\n`);
  },
});

/** A program may have several pools. */
function byPool(children: readonly FoundChild[]): Map<object, FoundChild[]> {
  const pools = new Map<object, FoundChild[]>();
  for (const child of children) pools.set(child.pool, [...(pools.get(child.pool) ?? []), child]);
  return pools;
}

/** @returns the files. @throws Error with a clear word */
async function traceOne(
  children: readonly FoundChild[],
  file: string,
  html: string | undefined,
  forMs: number,
): Promise<string[]> {
  mustBeWritable(dirname(file));
  const problem = problemFileOf(file);
  for (const old of [file, problem]) rmSync(old, { force: true });
  await askParent(
    children.map(({ process }) => process),
    traceFrame({ file, html, forMs }),
  );
  const until = monotonicMs() + forMs + WRITING_MS;
  while (monotonicMs() < until) {
    await delay(LOOK_MS);
    if (existsSync(file)) return html === undefined ? [file] : [file, html];
    if (!existsSync(problem)) continue;
    const said = readFileSync(problem, 'utf8').trim();
    rmSync(problem, { force: true });
    throw new Error(`the program has written no trace: ${said}`);
  }
  throw new Error('the program does not answer: its event loop is blocked, or it has ended');
}

/** The program could not say so: it writes into the same folder. @throws Error */
function mustBeWritable(folder: string): void {
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new Error(`nothing can be written to ${folder}: ${(error as Error).message}`);
  }
}
