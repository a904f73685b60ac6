import type { CodeType } from '../adapter/index.js';

/** A type and how a reader gets to it, as `args.items[]`. */
export interface TypePlace {
  readonly type: CodeType;
  readonly path: string;
}

/** What one look at a type gives: an answer, or where to look next. */
export type Look<T> = { readonly found: T } | { readonly inside: readonly TypePlace[] };

interface Step extends TypePlace {
  readonly above: Step | undefined;
}

/** `interface N<T> { next?: N<T[]> }` never ends: past so many of one declaration inside each other, nothing new comes. */
const MOST_OF_ONE_DECLARATION = 20;
const MOST_TYPES = 20_000;

/** Looks at a type and all it is made of, the outer parts first; each type once. Ends for recursive generics, too. */
export function searchType<T>(start: TypePlace, look: (place: TypePlace) => Look<T>): T | undefined {
  const seen = new Set<object>();
  const steps: Step[] = [{ ...start, above: undefined }];
  for (const step of steps) {
    if (seen.has(step.type.key)) continue;
    seen.add(step.type.key);
    if (seen.size > MOST_TYPES || repeats(step)) continue;
    const result = look(step);
    if ('found' in result) return result.found;
    for (const place of result.inside) steps.push({ ...place, above: step });
  }
  return undefined;
}

function repeats(step: Step): boolean {
  const key = step.type.symbol?.key;
  if (key === undefined) return false;
  let count = 0;
  for (let at: Step | undefined = step; at; at = at.above) if (at.type.symbol?.key === key) count += 1;
  return count > MOST_OF_ONE_DECLARATION;
}
