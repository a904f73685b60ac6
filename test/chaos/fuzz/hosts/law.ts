import { readFileSync } from 'node:fs';
import { type CallerPlan, type HostSettings, MAX_RETRIES } from './settings.js';

interface Told {
  readonly ok: boolean;
  readonly body?: number;
  readonly error?: string;
  readonly index: number;
  readonly attempts: readonly unknown[];
}

/** A job that crashes ends its process, and with that the attempts of those that run beside it. */
export function mayCrash({ concurrency, callers }: HostSettings): boolean {
  return concurrency > 1 && callers.some(({ jobs }) => jobs.some(({ kind }) => kind === 'crash'));
}

/**
 * What is wrong with the answers of a caller; those of `submit` are ids.
 * @param innocentsMayDie see `mayCrash`
 */
export function wrongAnswers(
  { form, jobs }: CallerPlan,
  answers: readonly unknown[],
  innocentsMayDie: boolean,
): string[] {
  if (answers.length !== jobs.length) return [`${answers.length} answers for ${jobs.length} jobs`];
  if (form === 'submit') return new Set(answers).size === jobs.length ? [] : ['ids of jobs are given twice'];
  return jobs.flatMap(({ n, kind }, at) => {
    const told = answers[at] as Told;
    if (innocentsMayDie && hasCrashed(told)) return [];
    const problem = wrongAnswer(n, kind, told, form === 'runs' ? 0 : at);
    return problem === undefined ? [] : [`job ${n} (${kind}, ${form}): ${problem}: ${JSON.stringify(told)}`];
  });
}

/** In the last attempt that it may have. */
function hasCrashed({ ok, error = '', attempts }: Told): boolean {
  return !ok && error.startsWith('ProcessCrashedError') && attempts.length === MAX_RETRIES + 1;
}

function wrongAnswer(n: number, kind: string, told: Told, index: number): string | undefined {
  if (told.index !== index) return `has index ${told.index}, not ${index}`;
  if (told.attempts.length > MAX_RETRIES + 1) return 'has too many attempts';
  if (kind === 'throw')
    return !told.ok && told.error === `Error: boom ${n}` ? undefined : 'did not fail as it does';
  return told.ok && told.body === n * n ? undefined : 'has no right body';
}

/** Nobody dies, or stands still. */
export function isCalm(settings: Omit<HostSettings, 'callers'>): boolean {
  const { killEveryMs, stopEveryMs, killCallersEveryMs, stopCallersEveryMs } = settings;
  const faults = [killEveryMs, stopEveryMs, killCallersEveryMs, stopCallersEveryMs];
  return faults.every((often) => often === undefined);
}

/** What the journal shows: every job ran, and once where nobody died, stopped or crashed. */
export function wrongRuns({ callers, ...settings }: HostSettings, journal: string): string[] {
  const runs = new Map<number, number>();
  for (const line of readFileSync(journal, 'latin1').split('\n')) {
    const [mark, n] = line.split(' ');
    if (mark === 'B' || mark === 'T') runs.set(Number(n), (runs.get(Number(n)) ?? 0) + 1);
  }
  const mayRunTwice = !isCalm(settings) || settings.concurrency > 1;
  return callers
    .flatMap(({ jobs }) => jobs)
    .flatMap(({ n, kind }) => {
      const ran = runs.get(n) ?? 0;
      if (ran === 0) return [`job ${n} never ran`];
      return !mayRunTwice && kind === 'square' && ran > 1
        ? [`job ${n} ran ${ran} times, though nobody died`]
        : [];
    });
}
