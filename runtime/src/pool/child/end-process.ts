import { createRequire } from 'node:module';
import { libc } from '../../segment/libc.js';

/** Settings with which Node.js, or a library put in by the system, writes something down as a process ends. */
const WRITES_AT_END = /prof|coverage|inspect|trace|report|log/;

const require = createRequire(import.meta.url);
const { exit: exitOfNode, kill, pid } = process;
const isReported = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].some((flag) =>
  WRITES_AT_END.test(flag),
);
const { NODE_V8_COVERAGE, LD_PRELOAD } = process.env;

/**
 * Ends this process when its listeners for `exit` have run. A job may replace `process.exit`, and what that calls, or throw in
 * such a listener; this process must be able to end all the same.
 */
export function endProcess(code: number): void {
  try {
    if (!hasMoreToDo()) Object.assign(process, { reallyExit: (last: number) => libc().exitNow(last) });
    exitOfNode.call(process, code);
  } finally {
    kill.call(process, pid, 'SIGKILL');
  }
}

/**
 * What libraries do as a process ends takes 8 ms, a tenth of a short program. Of Node.js itself nobody has any use for it; what native
 * code of the user's may have registered, and threads, are given the time.
 */
function hasMoreToDo(): boolean {
  return (
    isReported ||
    Boolean(NODE_V8_COVERAGE) ||
    Boolean(LD_PRELOAD) ||
    Object.keys(require.cache).some((file) => file.endsWith('.node')) ||
    process.getActiveResourcesInfo().some((kind) => kind === 'Worker' || kind === 'MessagePort')
  );
}
