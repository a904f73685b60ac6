import type { Failure } from './benchmark.js';

/** Of this process, which runs one benchmark. */
const failures = new Map<string, Failure>();

/** A subject has not given a figure; the others are measured as before. */
export function noteFailure(subject: string, error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  if (!failures.has(subject)) failures.set(subject, { subject, error: text });
}

export function failuresSoFar(): readonly Failure[] {
  return [...failures.values()];
}
