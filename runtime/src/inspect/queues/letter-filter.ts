import type { LetterReport } from './letter.js';

/** Which dead letters are meant: those that everything says yes to. */
export interface LetterFilter {
  readonly classes: readonly string[];
  /** What the error has in it, whatever the case. */
  readonly error: string | undefined;
  readonly olderThanMs: number | undefined;
  readonly newerThanMs: number | undefined;
  /** Ids of the engine, or of jobs. */
  readonly ids: readonly string[];
}

export const EVERY_LETTER: LetterFilter = {
  classes: [],
  error: undefined,
  olderThanMs: undefined,
  newerThanMs: undefined,
  ids: [],
};

/** Does it let all of them through? */
export function isOpen({ classes, error, olderThanMs, newerThanMs, ids }: LetterFilter): boolean {
  return (
    classes.length + ids.length === 0 && [error, olderThanMs, newerThanMs].every((one) => one === undefined)
  );
}

/** A letter whose age is not known is neither older nor newer than anything. */
export function isMeant(letter: LetterReport, filter: LetterFilter): boolean {
  const { classes, error, olderThanMs, newerThanMs, ids } = filter;
  if (classes.length > 0 && !classes.includes(letter.class ?? '')) return false;
  if (ids.length > 0 && !ids.includes(letter.id) && !ids.includes(letter.jobId ?? '')) return false;
  if (error !== undefined && !letter.error.toLowerCase().includes(error.toLowerCase())) return false;
  if (olderThanMs !== undefined && !(letter.ageMs !== null && letter.ageMs >= olderThanMs)) return false;
  return newerThanMs === undefined || (letter.ageMs !== null && letter.ageMs <= newerThanMs);
}
