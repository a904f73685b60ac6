import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { abortableDelay } from '../../abort/abortable-delay.js';
import { inTime } from '../../clock/in-time.js';
import { openDebugger, SILENT } from './address.js';
import { inItsTime } from './in-its-time.js';
import { readStack } from './read-stack.js';
import { DebuggerSession } from './session.js';

/** How long a process has to open its debugger, in milliseconds: a machine that is busy takes some. */
const OPENING_MS = 500;
/** How long it has to tell its stack. */
const STACK_MS = 800;
/** How long it may take to stop at a line, where it runs JavaScript. */
const PAUSE_MS = 150;

/** How long a snapshot of its heap may take: some seconds for each GiB. */
const HEAP_MS = 300_000;

const INTERRUPTED = 'it was interrupted';

/** What is asked of a process beside its stack. */
export interface DumpOrder {
  /** How long it is profiled, in milliseconds. */
  readonly profileMs: number | undefined;
  readonly heap: boolean;
  /** Ends a profile early: nothing is written then, and the debugger is closed. */
  readonly signal: AbortSignal;
  /** Where that goes; the kind of file is added as its extension where there is none. */
  fileFor(kind: 'cpuprofile' | 'heapsnapshot'): string;
}

export interface Dumped {
  /** Empty where it runs no JavaScript. */
  readonly stack: string;
  readonly files: readonly string[];
}

/** Looks into a child of a pool, which goes on meanwhile but for moments. @throws Error with a clear word */
export async function dump(pid: number, order: DumpOrder): Promise<Dumped> {
  const opened = await openDebugger(pid, OPENING_MS);
  try {
    const session = await DebuggerSession.open(opened.address);
    try {
      const stack = await inItsTime(
        pid,
        readStack(session, PAUSE_MS, { patientWith: pid }),
        STACK_MS,
        silent,
      );
      const files: string[] = [];
      if (order.signal.aborted) throw new Error(INTERRUPTED);
      if (order.profileMs !== undefined) files.push(await profile(pid, session, order, order.profileMs));
      if (order.heap) files.push(await heap(session, order.fileFor('heapsnapshot')));
      return { stack, files };
    } finally {
      await session.end();
    }
  } finally {
    opened.done();
  }
}

/** One that is in native code by now hears nothing. */
const silent = () => new Error(SILENT);

async function profile(
  pid: number,
  session: DebuggerSession,
  order: DumpOrder,
  forMs: number,
): Promise<string> {
  void session.ask('Profiler.enable');
  await inItsTime(pid, session.ask('Profiler.start'), STACK_MS, silent);
  await abortableDelay(forMs, order.signal);
  if (order.signal.aborted) throw new Error(INTERRUPTED);
  const { profile: taken } = await inItsTime(pid, session.ask('Profiler.stop'), STACK_MS + forMs, silent);
  const file = order.fileFor('cpuprofile');
  writeFileSync(file, JSON.stringify(taken), { mode: 0o600 });
  return file;
}

/** The process writes it by itself: Node.js 24 does not take one for a debugger while a loop runs. */
async function heap(session: DebuggerSession, file: string): Promise<string> {
  const expression = `process.getBuiltinModule('v8').writeHeapSnapshot(${JSON.stringify(resolve(file))})`;
  const { exceptionDetails } = await inTime(session.ask('Runtime.evaluate', { expression }), HEAP_MS, silent);
  if (exceptionDetails !== undefined) throw new Error(`it could not write ${file}`);
  return file;
}
