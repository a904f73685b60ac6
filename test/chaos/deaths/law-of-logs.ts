import { readFileSync } from 'node:fs';

/** Clocks of one machine, read in different processes and written down later. */
const SLACK_MS = 50;

/** What `programs/churn.mjs` writes down of a value. */
type Line = { readonly value: string } & (
  | { readonly step: 'put' }
  | Take
  | { readonly step: 'nack'; readonly pid: number }
  | { readonly step: 'ack'; readonly pid: number; readonly outcome: 'ok' | 'lost' }
);
interface Take {
  readonly step: 'take';
  readonly pid: number;
  readonly at: number;
  readonly deadline: number;
}
type Pids = ReadonlySet<number | undefined>;

/** What the processes wrote down, in order; a line that a killed process left half-written is skipped. */
function readLog(path: string): Line[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as Line];
      } catch {
        return [];
      }
    });
}

/**
 * What does not hold of the log of `programs/churn.mjs`, whoever was killed:
 *
 * - each value whose `put` resolved was acknowledged, is left, or its last holder was killed while acknowledging it
 * - nobody was given a value while another, who was not killed, had it under a lease and had not acknowledged it
 * - nobody was given a value that was acknowledged
 */
export function problemsOfLog(path: string, killed: Pids, left: ReadonlySet<unknown>): string[] {
  const lives = new Map<string, Line[]>();
  for (const line of readLog(path)) {
    const life = lives.get(line.value);
    if (life === undefined) lives.set(line.value, [line]);
    else life.push(line);
  }
  const problems: string[] = [];
  for (const [value, life] of lives) {
    problems.push(...doubles(value, life, killed));
    if (life.some(({ step }) => step === 'put') && !left.has(value) && !isDone(life, killed))
      problems.push(`${value} was lost`);
  }
  return problems;
}

function isDone(life: readonly Line[], killed: Pids): boolean {
  if (life.some((line) => line.step === 'ack' && line.outcome === 'ok')) return true;
  const last = life.findLast(isTake);
  return last !== undefined && killed.has(last.pid);
}

function isTake(line: Line): line is Line & Take {
  return line.step === 'take';
}

function doubles(value: string, life: readonly Line[], killed: Pids): string[] {
  const takes = life.filter(isTake).sort((a, b) => a.at - b.at);
  return takes.slice(1).flatMap((take, index) => {
    const before = takes[index]!;
    const end = life
      .slice(life.indexOf(before) + 1)
      .find((line) => line.step !== 'put' && line.pid === before.pid);
    if (end?.step === 'nack' || (end === undefined && killed.has(before.pid))) return [];
    if (end?.step === 'ack' && end.outcome === 'ok')
      return [`${value} was taken again after it was acknowledged`];
    return take.at + SLACK_MS < before.deadline ? [`${value} was taken by two at once`] : [];
  });
}
