import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { LONGEST_TIMER_MS, setTimeout } from '../clock/timers.js';
import type { PoolEngine } from '../pool/pool-engine.js';
import type { TraceOrder } from '../pool/transport/trace-request.js';
import { beginTrace, type Trace } from './pool-trace.js';

/** Where the program says why there is no trace, for who waits for the file. */
export function problemFileOf(file: string): string {
  return `${file}.problem`;
}

/** Traces a pool for a while, as another process has asked, and writes the file whole under its name. */
export function traceFor(engine: PoolEngine, { file, html, forMs }: TraceOrder): void {
  const partial = `${file}.${process.pid}.partial`;
  const fail = (error: unknown) => {
    try {
      rmSync(partial, { force: true });
      writeFileSync(problemFileOf(file), `${(error as Error).message}\n`, { mode: 0o600 });
    } catch {
      // Where neither can be written, who waits hears nothing.
    }
  };
  let trace: Trace;
  try {
    trace = beginTrace(engine, partial, html === undefined ? {} : { html });
  } catch (error) {
    return fail(error);
  }
  const stop = () =>
    trace
      .stop()
      .then(() => renameSync(partial, file))
      .catch(fail);
  setTimeout(stop, Math.min(forMs, LONGEST_TIMER_MS)).unref();
}
