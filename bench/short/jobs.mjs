// JavaScript: a part of whole programs whose start is measured.
// The work of all subjects, so that nobody's is easier.
import { createHash } from 'node:crypto';

export function hash(text) {
  return createHash('sha256').update(text).digest('hex');
}

/** A thousand small objects, as a parser of rows returns them. */
export function rows(seed) {
  return Array.from({ length: 1000 }, (_, at) => ({
    id: seed * 1000 + at,
    name: `row ${at}`,
    isOdd: at % 2 === 1,
  }));
}
