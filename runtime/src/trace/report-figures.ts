import { BAR_BOUNDS, barOf } from './bars.js';
import type { Recording, TracedAttempt } from './recording.js';

/** More would make the page slow: of a longer trace the page shows the attempts that took longest. */
const MOST_SHOWN = 20_000;

/** What a report shows of a class. */
interface ClassReport {
  readonly name: string;
  readonly attempts: number;
  readonly failed: number;
  readonly retried: number;
  readonly wait: readonly number[];
  readonly run: readonly number[];
  /** How many attempts ran so long, bar by bar. */
  readonly bars: readonly number[];
}

/** All that the page of a report shows. */
export interface ReportFigures {
  readonly pool: string;
  readonly parent: number;
  readonly from: number;
  readonly until: number;
  readonly attempts: number;
  readonly dropped: number;
  readonly bounds: readonly number[];
  readonly classes: readonly ClassReport[];
  readonly processes: readonly { readonly pid: number; readonly busyMs: number; readonly attempts: number }[];
  readonly deaths: readonly object[];
  /** Class, process, start, end, outcome and job of each that is shown. */
  readonly shown: readonly (readonly [number, number, number, number, string, string])[];
}

export function reportFigures(recording: Recording): ReportFigures {
  const { pool, parent, pids, from, until, attempts, dropped, events } = recording;
  const names = [...new Set(attempts.map((one) => one.class))].sort();
  const byPid = new Map(pids.map((pid) => [pid, [] as TracedAttempt[]]));
  for (const one of attempts) byPid.get(one.pid)?.push(one);
  const longest = attempts.toSorted((a, b) => runMs(b) - runMs(a)).slice(0, MOST_SHOWN);
  const retries = new Set(events.flatMap((one) => (one.kind === 'retry' ? [one.jobId] : [])));
  return {
    ...{ pool, parent, from, until, dropped },
    attempts: attempts.length,
    bounds: BAR_BOUNDS,
    classes: names.map((name) =>
      classReport(
        name,
        attempts.filter((one) => one.class === name),
        retries,
      ),
    ),
    processes: [...byPid].map(([pid, own]) => ({
      pid,
      attempts: own.length,
      busyMs: own.reduce((sum, one) => sum + runMs(one), 0),
    })),
    deaths: events.filter(({ kind }) => kind === 'death'),
    shown: longest.map((one) => [
      names.indexOf(one.class),
      pids.indexOf(one.pid),
      one.startedAt,
      one.endedAt,
      one.outcome,
      `${one.jobId}, attempt ${one.attempt}`,
    ]),
  };
}

function runMs({ startedAt, endedAt }: TracedAttempt): number {
  return endedAt - startedAt;
}

function classReport(name: string, own: readonly TracedAttempt[], retries: ReadonlySet<string>): ClassReport {
  const runs = own.map(runMs).sort((a, b) => a - b);
  const waits = own.map((one) => one.startedAt - one.queuedAt).sort((a, b) => a - b);
  const bars = BAR_BOUNDS.map(() => 0);
  for (const run of runs) bars[barOf(run)]! += 1;
  return {
    name,
    attempts: own.length,
    failed: own.filter(({ outcome }) => outcome !== 'ok').length,
    retried: own.filter(({ jobId, attempt }) => attempt === 1 && retries.has(jobId)).length,
    wait: percentiles(waits),
    run: percentiles(runs),
    bars,
  };
}

/** p50, p95, p99 and the largest, of values in order. */
function percentiles(sorted: readonly number[]): number[] {
  return [0.5, 0.95, 0.99, 1].map((share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0);
}
