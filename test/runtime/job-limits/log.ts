import { existsSync, readFileSync } from 'node:fs';

export interface Noted {
  readonly what: 'began' | 'ended';
  readonly key: string;
  readonly n: number;
  /** Milliseconds by the clock of the machine that all its processes share. */
  readonly at: number;
  readonly pid: number;
}

/** What the jobs of Limited have written down, in the order in which it happened. */
export function notedIn(file: string): Noted[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Noted);
}

export function began(file: string, key?: string): number[] {
  const all = notedIn(file).filter(({ what }) => what === 'began');
  return all.filter((noted) => key === undefined || noted.key === key).map(({ n }) => n);
}

/** How many of each key ran at once at most; an attempt without an end ended with its process, as `endOf` knows. */
export function mostAtOnce(
  file: string,
  endOf: (noted: Noted) => number = () => Infinity,
): Map<string, number> {
  const noted = notedIn(file);
  const changes = noted.flatMap((one) => {
    if (one.what === 'ended') return [];
    const end = noted.find(
      ({ what, n, at, pid }) => what === 'ended' && n === one.n && pid === one.pid && at >= one.at,
    );
    return [
      { key: one.key, at: one.at, by: 1 },
      { key: one.key, at: end?.at ?? endOf(one), by: -1 },
    ];
  });
  const most = new Map<string, number>();
  const running = new Map<string, number>();
  // What ends at the same instant has ended before.
  for (const { key, by } of changes.sort((a, b) => a.at - b.at || a.by - b.by)) {
    running.set(key, (running.get(key) ?? 0) + by);
    most.set(key, Math.max(most.get(key) ?? 0, running.get(key)!));
  }
  return most;
}

/** How many attempts of a key began within any time that is so long. */
export function mostIn(file: string, perMs: number, key: string): number {
  const starts = notedIn(file).filter((one) => one.what === 'began' && one.key === key);
  const times = starts.map(({ at }) => at).sort((a, b) => a - b);
  return Math.max(
    0,
    ...times.map((from, index) => times.slice(index).filter((at) => at < from + perMs).length),
  );
}
