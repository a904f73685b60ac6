import { defineCommand } from 'citty';
import { childrenMeant, type FoundChild } from '../inspect/child-processes.js';
import { type Dumped, type DumpOrder, dump } from '../inspect/debugger/dump.js';
import { mustHaveProc } from '../inspect/must-have-proc.js';
import { millisecondsOf } from './milliseconds-of.js';
import { duration } from './pool-lines.js';

export const dumpCommand = defineCommand({
  meta: {
    name: 'dump',
    description: 'Show where processes of pools are: their JavaScript stacks, also in endless loops.',
  },
  args: {
    what: {
      type: 'positional',
      description: 'Pid of a process or of its program, id of a job, or all',
      required: true,
    },
    profile: {
      type: 'string',
      description: 'Take a profile as well, for so long: 5s, 500ms',
      valueHint: '5s',
    },
    heap: {
      type: 'boolean',
      description: 'Take a snapshot of the heap as well; the process waits meanwhile',
    },
    output: {
      type: 'string',
      alias: 'o',
      description: 'File for the profile or the snapshot',
      valueHint: 'file',
    },
  },
  async run({ args }) {
    mustHaveProc('dump');
    const profileMs = args.profile === undefined ? undefined : millisecondsOf('--profile', args.profile);
    const found = childrenMeant(args.what);
    if (found.length === 0)
      throw new Error(
        `no process of a pool of yours has the pid or runs the job ${args.what}; mproc ps lists them`,
      );
    const stopped = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => stopped.abort());
    const isOne = found.length === 1;
    const outcomes = await Promise.all(
      found.map((child) =>
        attempt(child, {
          ...orderFor(child, args.output, isOne, profileMs, args.heap === true),
          signal: stopped.signal,
        }),
      ),
    );
    for (const [at, child] of found.entries()) process.stdout.write(textOf(child, outcomes[at]!));
    if (outcomes.every((outcome) => outcome instanceof Error)) process.exitCode = 1;
  },
});

function orderFor(
  { process: { pid } }: FoundChild,
  output: string | undefined,
  isOne: boolean,
  profileMs: number | undefined,
  heap: boolean,
): Omit<DumpOrder, 'signal'> {
  const isSure = output !== undefined && isOne && !(heap && profileMs !== undefined);
  return {
    profileMs,
    heap,
    fileFor: (kind) => (isSure ? output : `${output ?? 'mproc'}-${pid}.${kind}`),
  };
}

async function attempt({ process: { pid } }: FoundChild, order: DumpOrder): Promise<Dumped | Error> {
  try {
    return await dump(pid, order);
  } catch (error) {
    return error as Error;
  }
}

function textOf({ process: child }: FoundChild, outcome: Dumped | Error): string {
  const { pid, state, class: name, jobId, runningMs } = child;
  const job =
    jobId === null ? '' : `, ${name} job ${jobId}${runningMs === null ? '' : ` for ${duration(runningMs)}`}`;
  const head = `process ${pid}: ${state}${job}\n`;
  if (outcome instanceof Error) return `${head}    ${outcome.message}\n`;
  const lines =
    outcome.stack === '' ? ['no JavaScript runs: it waits in its event loop'] : outcome.stack.split('\n');
  const files = outcome.files.map((file) => `written: ${file}`);
  return `${head}${[...lines, ...files].map((line) => `    ${line}\n`).join('')}`;
}
