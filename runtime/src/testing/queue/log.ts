import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { LogLine } from '../process/protocol.js';

/** What the processes wrote down, in order; a line that a killed process left half-written is skipped. */
export function readLog(path: string): LogLine[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as LogLine];
      } catch {
        return [];
      }
    });
}

/** Clocks of one machine, read in different processes and written down later. */
const SLACK_MS = 50;

/**
 * What must hold of a log, whoever was killed.
 *
 * - each value whose `put` resolved was acknowledged, or is dead, or its last holder was killed while acknowledging it
 * - nobody was given a value while another, who was not killed, had it under a lease and had not acknowledged it
 * - nobody was given a value that was acknowledged
 */
export function expectLawfulLog(
  lines: readonly LogLine[],
  killed: ReadonlySet<number>,
  dead: ReadonlySet<string>,
): void {
  const problems: string[] = [];
  const lives = new Map<string, LogLine[]>();
  for (const line of lines) lives.set(line.value, [...(lives.get(line.value) ?? []), line]);
  for (const [value, life] of lives) {
    problems.push(...doubles(value, life, killed));
    const wasPut = life.some((line) => line.step === 'put');
    if (wasPut && !dead.has(value) && !isDone(life, killed)) problems.push(`${value} was lost`);
  }
  expect(problems, problems.slice(0, 20).join('\n')).toEqual([]);
}

function isDone(life: readonly LogLine[], killed: ReadonlySet<number>): boolean {
  if (life.some((line) => line.step === 'ack' && line.outcome === 'ok')) return true;
  const takes = takesOf(life);
  const latest = takes.toSorted((one, other) => one.deadline - other.deadline);
  return [takes, latest].some((sorted) => killed.has(sorted.at(-1)?.pid ?? 0));
}

/** As their holders say. On a busy machine one may say so when its lease has ended and others have had the value. */
function takesOf(life: readonly LogLine[]) {
  return life.filter((line) => line.step === 'take').sort((a, b) => a.at - b.at);
}

function doubles(value: string, life: readonly LogLine[], killed: ReadonlySet<number>): string[] {
  const takes = takesOf(life);
  return takes.slice(1).flatMap((take, index) => {
    const before = takes[index]!;
    // It was leased first.
    if (take.deadline < before.deadline) return [];
    const end = endOf(before, life);
    if (end?.step === 'nack' || (end === undefined && killed.has(before.pid))) return [];
    if (end?.step === 'ack' && end.outcome === 'ok')
      return [`${value} was taken again after it was acknowledged`];
    return take.at + SLACK_MS < before.deadline ? [`${value} was taken by two at once`] : [];
  });
}

/** What the holder wrote down next about the value. */
function endOf(take: Extract<LogLine, { step: 'take' }>, life: readonly LogLine[]): LogLine | undefined {
  const later = life.slice(life.indexOf(take) + 1);
  return later.find((line) => 'pid' in line && line.pid === take.pid);
}
