import { existsSync, readFileSync } from 'node:fs';

/** One line of what a caller writes down, each with the time of it. */
export interface Fact {
  readonly canceling?: number;
  readonly canceled?: number;
  /** Of what was to be canceled. */
  readonly ok?: boolean;
  readonly asked?: readonly number[];
  /** The numbers of jobs, and what became of each: its result, or the code of its error. */
  readonly told?: readonly (readonly [n: number, what: number | string])[];
  readonly aborted?: readonly number[];
  readonly failed?: readonly number[];
  readonly submitted?: number;
  /** Was submitted while the server was away. */
  readonly unsure?: number;
  readonly error?: string;
  readonly closed?: boolean;
}
type Told = Fact & { readonly at: number };

/** One line of what the jobs write down. */
export interface Run {
  /** `B` begun, `E` done, `S` stopped. */
  readonly mark: string;
  readonly n: number;
  readonly host: number;
  readonly at: number;
  readonly ms: number;
}

/** When a host was there, in milliseconds since the epoch. */
export interface Life {
  readonly pid: number | undefined;
  readonly from: number;
  to: number | undefined;
}

export interface Law {
  readonly problems: readonly string[];
  readonly responses: number;
  readonly canceled: number;
  readonly withdrawn: number;
  readonly latestBeginAfterCancelMs: number;
}

function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').filter(Boolean) : [];
}

/** What the jobs have written down: when each was begun, and by which host. */
export function runsIn(journal: string): Run[] {
  return linesOf(journal)
    .map((line) => line.split(' '))
    .filter((words) => words.length === 5)
    .map(([mark = '', n, host, at, ms]) => ({
      mark,
      n: Number(n),
      host: Number(host),
      at: Number(at),
      ms: Number(ms),
    }));
}

/** What the callers have written down; the last line of one that was killed may be half. */
export function factsIn(logs: readonly string[]): Told[][] {
  return logs.map((log) =>
    linesOf(log).flatMap((line) => {
      try {
        return [JSON.parse(line) as Told];
      } catch {
        return [];
      }
    }),
  );
}

/**
 * @param facts of each caller
 * @param lateMs how long after the word on its cancel a job may still be begun: the host that has it may not know yet
 * @returns what is wrong, and what was counted
 */
export function judge(
  facts: readonly (readonly Told[])[],
  runs: readonly Run[],
  { lateMs, findsById }: { readonly lateMs: number; readonly findsById: boolean },
): Law {
  const problems: string[] = [];
  const all = facts.flat();
  const begun = new Map<number, number[]>();
  for (const { mark, n, at } of runs) if (mark === 'B') begun.set(n, [...(begun.get(n) ?? []), at]);
  const toCancel = new Set(all.flatMap(({ canceling }) => canceling ?? []));
  const wasCanceled = new Map(
    all.flatMap(({ ok, canceled, at }): [number, number][] =>
      ok && canceled !== undefined ? [[canceled, at]] : [],
    ),
  );
  const withdrawn = new Map(wasCanceled);
  for (const { aborted = [], at } of all) for (const n of aborted) withdrawn.set(n, at);

  let responses = 0;
  for (const told of facts) {
    const answered = new Set<number>();
    for (const { told: pairs = [] } of told)
      for (const [n, what] of pairs) {
        responses += 1;
        if (answered.has(n)) problems.push(`job ${n} has two responses`);
        answered.add(n);
        if (what === 'ERR_JOB_CANCELED' && toCancel.has(n)) continue;
        if (what !== 2 * n) problems.push(`job ${n} was told ${what}`);
        else if (wasCanceled.has(n)) problems.push(`job ${n} was canceled, and told its result`);
        else if (!begun.has(n)) problems.push(`job ${n} was told its result, and never begun`);
      }
    const isWhole = told.some(({ closed }) => closed);
    const asked = told.flatMap(({ asked = [] }) => asked);
    const over = new Set([...answered, ...told.flatMap(({ aborted = [] }) => aborted)]);
    if (isWhole) for (const n of asked) if (!over.has(n)) problems.push(`job ${n} has no response`);
    for (const { failed, error } of told) if (failed) problems.push(`a call failed: ${error}`);
  }
  for (const { submitted: n } of all)
    if (n !== undefined && !begun.has(n) && !toCancel.has(n))
      problems.push(`job ${n} was submitted, and never begun`);

  let latestMs = 0;
  for (const [n, at] of withdrawn) {
    const late = Math.max(0, ...(begun.get(n) ?? []).map((began) => began - at));
    latestMs = Math.max(latestMs, late);
    if (findsById && late > lateMs) problems.push(`job ${n} was begun ${late} ms after its cancel`);
  }
  return {
    problems,
    responses,
    canceled: wasCanceled.size,
    withdrawn: withdrawn.size,
    latestBeginAfterCancelMs: latestMs,
  };
}

/** Of the hosts that lived so long: the work that one has done in a second of its life, the busiest against the idlest. */
export function fairness(runs: readonly Run[], lives: readonly Life[], leastMs: number): number | null {
  const shares = lives.flatMap(({ pid, from, to }) => {
    if (to === undefined || to - from < leastMs) return [];
    const done = runs.filter(({ mark, host }) => mark === 'E' && host === pid);
    return done.reduce((sum, { ms }) => sum + ms, 0) / (to - from);
  });
  return shares.length < 2 ? null : Number((Math.max(...shares) / Math.min(...shares)).toFixed(2));
}
