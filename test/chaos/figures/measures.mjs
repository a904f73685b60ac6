// What the figures have in common: times of many rounds in a few numbers, and how busy the machine was meanwhile.
import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

export function round(value) {
  return Math.round(value * 10) / 10;
}

/** p50, p99 and the largest of some times, in milliseconds. */
export function summary(timesMs) {
  const sorted = [...timesMs].sort((a, b) => a - b);
  const at = (part) => round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0);
  return { count: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}

/** Processes that wanted to run in the last minute: what a time was measured beside. */
export function loadAverage() {
  return round(loadavg()[0]);
}

export function monotonicMs() {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Looks again and again; `undefined` when it was not so in time. */
export async function until(isSo, timeoutMs = 30_000, everyMs = 5) {
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    const found = await isSo();
    if (found) return found;
    if (performance.now() > giveUpAt) return undefined;
    await delay(everyMs);
  }
}

/** What is there now and was not before. */
export function leftSince(before, after) {
  return Object.fromEntries(
    Object.entries(after).map(([name, count]) => [name, Math.max(0, count - before[name])]),
  );
}

export function isNothing(left) {
  return Object.values(left).every((count) => count === 0);
}
