import { writeFile } from 'node:fs/promises';
import { OptionError } from '../errors/errors.js';
import { systemError } from '../errors/system-error.js';
import { mustKnowOptions } from '../options/known-options.js';
import type { PoolEngine } from '../pool/pool-engine.js';
import { TraceRecorder } from './recorder.js';
import { addRecorder, recordersOf, removeRecorder } from './recorders.js';
import { attemptsOf, type Recording } from './recording.js';
import { reportPage } from './report-page.js';
import { writeTrace } from './write-trace.js';

/** What `pool.trace` can be told beside the file; all of it is optional. */
export interface TraceOptions {
  /** Writes a report to this file as well: one page of HTML that needs nothing else. @default none */
  readonly html?: string;
  /** How many attempts are kept, and how many deaths, starts and retries; further ones are counted and left out. @default 1,000,000 */
  readonly most?: number;
}

/** A pool that is being traced. */
export interface Trace extends AsyncDisposable {
  /**
   * Ends it and writes the files; the second call gives the same promise.
   * @throws MprocError `ERR_SYSTEM` where the system refuses a file; what there is of it is left
   */
  stop(): Promise<void>;
}

const KNOWN: Record<keyof TraceOptions, true> = { html: true, most: true };
const MOST = 1_000_000;

/** @throws OptionError */
export function beginTrace(engine: PoolEngine, file: string, options: TraceOptions): Trace {
  mustKnowOptions('pool.trace', options, KNOWN);
  const { html, most = MOST } = options;
  if (typeof file !== 'string' || file === '')
    throw new OptionError(`pool.trace takes the path of a file; received ${String(file)}`);
  if (!Number.isInteger(most) || most < 1)
    throw new OptionError(`option most must be a whole number from 1; received ${String(most)}`);
  if (recordersOf(engine).some((one) => one instanceof TraceRecorder))
    throw new OptionError('the pool is traced already; stop that trace first');
  const recorder = new TraceRecorder(most, () => engine.now());
  const from = engine.now();
  const pids = new Set(engine.supervisor.pids.filter((pid) => pid > 0));
  addRecorder(engine, recorder);
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= write();
    return stopping;
  };
  async function write(): Promise<void> {
    removeRecorder(engine, recorder);
    const { events, rows } = recorder;
    const attempts = attemptsOf(recorder);
    for (const { pid } of [...events, ...attempts]) pids.add(pid);
    const { pid: parent } = process;
    const times = { from, until: engine.now() };
    const recording: Recording = {
      ...{ pool: engine.name, parent, pids: [...pids], ...times, attempts, events },
      dropped: rows.dropped,
      droppedEvents: recorder.droppedEvents,
    };
    await written(file, () => writeTrace(file, recording));
    if (html !== undefined)
      await written(html, () => writeFile(html, reportPage(recording), { mode: 0o600 }));
  }
  return { stop, [Symbol.asyncDispose]: stop };
}

/** @throws MprocError `ERR_SYSTEM` */
async function written(file: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    throw systemError(`the trace could not be written to ${file}`, error);
  }
}
