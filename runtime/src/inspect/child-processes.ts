import { type PoolReport, type PoolsReport, PoolWatch, type ProcessReport } from './pool-report.js';

/** A child of a pool. */
export interface FoundChild {
  readonly pool: PoolReport;
  readonly process: ProcessReport;
}

/**
 * The children that somebody means: by the pid of a child or of its program, by the id of a job that one runs, or `all`.
 * @returns none where there is none
 */
export function childrenMeant(word: string): FoundChild[] {
  const { pools } = new PoolWatch().look({ withMemory: false });
  const all = pools.flatMap((pool) => pool.processes.map((process) => ({ pool, process })));
  if (word === 'all') return all;
  return all.filter(
    ({ pool, process }) =>
      String(process.pid) === word || String(pool.pid) === word || runsJob(process, word),
  );
}

/** The pool, one of whose processes runs the job. */
export function poolRunning({ pools }: PoolsReport, jobId: string): PoolReport | undefined {
  return pools.find(({ processes }) => processes.some((process) => runsJob(process, jobId)));
}

function runsJob({ jobId, others }: ProcessReport, wanted: string): boolean {
  return jobId === wanted || others.some((other) => other.jobId === wanted);
}
