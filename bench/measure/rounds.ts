import type { Row, Subject, Values } from './benchmark.js';
import { noteFailure } from './failures.js';

const WATCHDOG_MS = 180_000;

/**
 * Measures every subject once a round, each round in another order, so that what disturbs the machine for a while
 * disturbs all of them. A subject that fails is left out from then on, and has no figure: the others keep theirs.
 * @returns the values of each subject, by its name
 */
export async function alternate(subjects: readonly Subject[], rounds: number): Promise<Values> {
  const values = Object.fromEntries(subjects.map(({ name }): [string, number[]] => [name, []]));
  const failed = new Set<string>();
  for (let round = 0; round < rounds; round += 1) {
    for (let at = 0; at < subjects.length; at += 1) {
      const { name, measure } = subjects[(at + round) % subjects.length]!;
      if (failed.has(name)) continue;
      tell(`round ${round + 1} of ${rounds}: ${name}`);
      try {
        values[name]!.push(await watched(name, measure));
      } catch (error) {
        failed.add(name);
        noteFailure(name, error);
      }
    }
  }
  tell('');
  for (const name of failed) values[name] = [];
  return values;
}

export function median(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The median of a subject. @throws where there is none of that name */
export function medianOf(values: Values, subject: string): number {
  const all = values[subject];
  if (all === undefined) throw new Error(`there is no subject ${subject}`);
  return median(all);
}

/** The highest of the figures that there are; those who have failed have none. */
export function bestOf(figures: readonly number[]): number {
  const there = figures.filter((figure) => !Number.isNaN(figure));
  return there.length === 0 ? Number.NaN : Math.max(...there);
}

/** Rows of a result: the median of each subject. */
export function rowsOf(values: Values, unit: string): Row[] {
  return Object.entries(values).map(([subject, all]) => ({ subject, value: median(all), unit }));
}

/** A subject that never answers fails, and keeps the process alive until then; so does one that throws where nobody catches it. */
async function watched(name: string, measure: Subject['measure']): Promise<number> {
  let end = (): void => {};
  const over = new Promise<never>((_, reject) => {
    const watchdog = setTimeout(
      () => reject(new Error(`${name} has not answered in 3 minutes`)),
      WATCHDOG_MS,
    );
    process.on('uncaughtException', reject);
    end = () => {
      clearTimeout(watchdog);
      process.off('uncaughtException', reject);
    };
  });
  try {
    return await Promise.race([measure(), over]);
  } finally {
    end();
  }
}

function tell(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
