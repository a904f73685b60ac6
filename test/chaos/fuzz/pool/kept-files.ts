import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Response } from 'mproc-worker';

/** What is wrong with a file that a failed job was kept in; the oldest are removed. */
export function wrongFile({ jobId, replayFile }: Response<unknown>): string | undefined {
  if (replayFile === undefined || !existsSync(replayFile)) return undefined;
  try {
    const kept = JSON.parse(readFileSync(replayFile, 'utf8')) as { jobId?: string };
    return kept.jobId === jobId ? undefined : `is kept in ${replayFile}, which is of job ${kept.jobId}`;
  } catch (error) {
    // Another one of its pool, or of the other one, may have taken its place meanwhile.
    return existsSync(replayFile) ? `is kept in ${replayFile}: ${String(error)}` : undefined;
  }
}

/** What is wrong with a folder of failed jobs when its pool is gone. */
export function wrongFolder(folder: string, most: number): string | undefined {
  if (!existsSync(folder)) return undefined;
  const names = readdirSync(folder);
  const odd = names.find((name) => !name.endsWith('.failed-job.json'));
  if (odd !== undefined) return `${odd} is left in the folder of failed jobs`;
  return names.length > most ? `${names.length} failed jobs are kept, of at most ${most}` : undefined;
}

/** What is wrong with the file of a trace. */
export function wrongTrace(file: string): string | undefined {
  try {
    const { traceEvents } = JSON.parse(readFileSync(file, 'utf8')) as { traceEvents: unknown };
    return Array.isArray(traceEvents) ? undefined : 'the trace has no events';
  } catch (error) {
    return `the trace cannot be read: ${String(error)}`;
  }
}

export function folderBeside(journal: string, pool: number): string {
  return join(`${journal}.failed`, String(pool));
}
