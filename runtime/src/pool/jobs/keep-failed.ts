import { FailedJobFiles } from '../../replay/failed-job-files.js';
import type { ResolvedPoolOptions } from '../options.js';
import type { OutcomeEffects } from '../parent/ending/outcomes.js';
import type { Job } from './job.js';
import { placeOf } from './task.js';

/**
 * What writes the failed jobs of a pool down; nothing where the pool is not told to.
 * @param packedArgs the arguments of a job as they were sent. @throws where there are more bytes than `most`
 */
export function keepFailedOf(
  { keepFailed, execArgv, typescript, logger }: ResolvedPoolOptions,
  packedArgs: (job: Job, most: number) => Uint8Array,
): OutcomeEffects['keepFailed'] {
  if (keepFailed === undefined) return undefined;
  const files = openedLate(() => new FailedJobFiles(keepFailed, { execArgv, tsx: typescript.tsx }, logger));
  return (job, error, state) =>
    files((problem) => logger.error(`job ${job.jobId} has failed, and could not be kept:`, problem))?.keep({
      place: placeOf(job.task.workerClass),
      jobId: job.jobId,
      packedArgs: (most) => packedArgs(job, most),
      state,
      error,
      attempts: job.earlier ?? [],
    });
}

/** The code of it is loaded when it is first needed, which the system may refuse. Told once in a row, not for each job. */
function openedLate(
  open: () => FailedJobFiles,
): (report: (problem: unknown) => void) => FailedJobFiles | undefined {
  let files: FailedJobFiles | undefined;
  let isTold = false;
  return (report) => {
    try {
      files ??= open();
    } catch (problem) {
      if (!isTold) report(problem);
      isTold = true;
    }
    return files;
  };
}
