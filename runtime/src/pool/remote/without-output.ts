import { ModuleLoadError, MprocError, ProcessCrashedError } from '../../errors/errors.js';
import { withoutSaid } from '../parent/processes/death-errors.js';

/**
 * An error as it may go to another host: without what the process that failed has written to its stderr. That has appeared
 * on the stderr of this host, and may be meant for nobody else: what libraries print holds tokens, rows, addresses.
 */
export function withoutOutput<E>(error: E): E;
export function withoutOutput(error: unknown): unknown {
  if (error instanceof ProcessCrashedError) {
    const { code, message, stack, cause, signal, exitCode, pid } = error;
    const copy = new ProcessCrashedError({ jobId: '', signal, exitCode, pid, stderr: '' });
    return Object.assign(copy, { code, message, stack, ...(cause !== undefined && { cause }) });
  }
  if (error instanceof ModuleLoadError && error.cause instanceof ProcessCrashedError) {
    const copy = new ModuleLoadError(error.code, error.message, { cause: withoutOutput(error.cause) });
    return Object.assign(copy, { stack: error.stack });
  }
  if (error instanceof MprocError && error.code === 'ERR_PROCESS_START')
    return new MprocError(error.code, withoutSaid(error.message));
  return error;
}
