import { existsSync, readFileSync } from 'node:fs';

interface Begun {
  readonly attempt: number;
  readonly pid: number;
  readonly atUs: bigint;
}

/** When a job was answered, in microseconds of the monotonic clock, and how many attempts its response tells of. */
export interface Answer {
  readonly atUs: bigint;
  readonly attempts: number | undefined;
  /** A job that was stopped may have been taken in that very moment. */
  readonly wasStopped: boolean;
}

const TAKEN_BEFORE_US = 5_000_000n;

/** What is wrong with the runs that the processes have written down. */
export function wrongRuns(path: string, answers: ReadonlyMap<number, Answer>, spare: number): string[] {
  if (!existsSync(path)) return [];
  const runs = new Map<number, Begun[]>();
  const problems: string[] = [];
  for (const line of readFileSync(path, 'latin1').split('\n')) {
    const [mark, id, attempt, pid, atUs] = line.split(' ');
    if (mark === 'T') problems.push(`job ${id} runs twice at a time: attempt ${attempt} in ${pid}`);
    if (mark !== 'B' && mark !== 'T') continue;
    const begun = { attempt: Number(attempt), pid: Number(pid), atUs: BigInt(atUs!) };
    runs.set(Number(id), [...(runs.get(Number(id)) ?? []), begun]);
  }
  for (const [id, begun] of runs) problems.push(...wrongBeginnings(id, begun, answers.get(id), spare));
  return problems;
}

function wrongBeginnings(
  id: number,
  begun: readonly Begun[],
  answer: Answer | undefined,
  spare: number,
): string[] {
  if (answer === undefined) return [];
  const problems: string[] = [];
  const latest = answer.atUs + (answer.wasStopped ? TAKEN_BEFORE_US : 0n);
  const late = begun.filter(({ atUs }) => atUs > latest);
  for (const { attempt, atUs } of late)
    problems.push(`job ${id}, attempt ${attempt}, began ${atUs - answer.atUs} µs after its answer`);
  if (answer.attempts !== undefined && begun.length > answer.attempts + spare)
    problems.push(`job ${id} began ${begun.length} times in ${answer.attempts} attempts`);
  return problems;
}
