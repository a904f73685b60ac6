import { OptionError } from '../errors/errors.js';
import { nearest } from './nearest.js';

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
  const meant = nearest(name, known);
  const hint = meant === undefined ? '.' : `; did you mean ${meant}?`;
  throw new OptionError(`${what} has no option ${name}${hint} It knows ${known.join(', ')}.`);
}
