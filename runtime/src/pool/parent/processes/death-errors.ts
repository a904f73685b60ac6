import { constants } from 'node:os';
import { ModuleLoadError, MprocError, ProcessCrashedError } from '../../../errors/errors.js';
import { systemError } from '../../../errors/system-error.js';
import type { Job } from '../../jobs/job.js';
import type { Task } from '../../jobs/task.js';
import type { Death } from './child-process.js';

/** What a job is told whose process died under it. */
export function crashOf(job: Job, death: Death & { corruption?: string | undefined }): ProcessCrashedError {
  const error = new ProcessCrashedError({
    jobId: job.jobId,
    ...death,
    exitCode: death.signal === undefined ? death.exitCode : crashExitCode(death),
  });
  if (job.fatal !== undefined) error.cause = job.fatal;
  return error;
}

/** The exit code, or 128 + the signal's number, as a shell says it. */
export function shellCodeOf({ signal, exitCode }: Death): number {
  return signal === undefined ? exitCode : 128 + constants.signals[signal];
}

/** 128 + the signal's number, as a shell says it; a job that ended its process with 0 has failed all the same. */
export function crashExitCode(death: Death): number {
  return shellCodeOf(death) || 1;
}

/** What a call is told whose module cannot be loaded; the original stack follows its own. */
export function moduleLoadError(task: Task, cause: Error): ModuleLoadError {
  const { module, name } = task.workerClass;
  if ((cause as Partial<MprocError>).code === 'ERR_SETUP')
    return withCauseInStack(new ModuleLoadError('ERR_SETUP', cause.message, { cause: cause.cause ?? cause }));
  const message = `${module} (worker ${name}) could not be loaded: ${cause.message}`;
  return withCauseInStack(new ModuleLoadError('ERR_MODULE_LOAD', message, { cause }));
}

function withCauseInStack(error: ModuleLoadError): ModuleLoadError {
  error.stack = `${error.stack}\nCaused by: ${(error.cause as Error).stack}`;
  return error;
}

const SAID = '; it said: ';

/** The message of `startError` without what the process has written. */
export function withoutSaid(message: string): string {
  return message.split(SAID)[0]!;
}

/** What every call is told when no process can be started. */
export function startError(death: Death): MprocError {
  const { startFailure } = death;
  if (startFailure !== undefined) {
    const { message } = systemError('no process could be started', startFailure);
    return new MprocError('ERR_PROCESS_START', message, { cause: startFailure });
  }
  const said = death.stderr === '' ? '' : `${SAID}${death.stderr}`;
  const how = death.signal ?? `code ${death.exitCode}`;
  return new MprocError(
    'ERR_PROCESS_START',
    `processes end before they can work, the last with ${how}${said}`,
  );
}
