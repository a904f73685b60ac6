import { OptionError } from '../errors/errors.js';

/**
 * Refuses what is no object of options, and names that are none: a misspelt option would do nothing without a word.
 * @param what whose options they are, as the message begins
 * @throws OptionError
 */
export function mustKnowOptions(what: string, given: object, known: Readonly<Record<string, true>>): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new OptionError(`${what} takes an object of options; received ${String(given)}`);
  for (const name of Object.keys(given))
    if (!Object.hasOwn(known, name)) refuse(what, name, Object.keys(known));
}

function refuse(what: string, name: string, known: readonly string[]): never {
  const [nearest = ''] = [...known].sort((a, b) => distance(name, a) - distance(name, b));
  const hint = distance(name, nearest) <= name.length / 2 ? `; did you mean ${nearest}?` : '.';
  throw new OptionError(`${what} has no option ${name}${hint} It knows ${known.join(', ')}.`);
}

/** How many letters have to be added, taken away or changed. */
function distance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const changed = above[j - 1]! + (a[i - 1]!.toLowerCase() === b[j - 1]!.toLowerCase() ? 0 : 1);
      row.push(Math.min(changed, above[j]! + 1, row[j - 1]! + 1));
    }
    above = row;
  }
  return above[b.length]!;
}
