import { shown, UsageError } from '../output/failure.js';
import { parseType, TypeSyntaxError } from './type-grammar.js';

/** A TypeScript type that was typed as an answer. */
export interface TypeAnswer {
  /** As it is written into the worker. */
  readonly text: string;
  /** An expression of that type, for the first version of `process` and its test. */
  readonly sample: string;
}

/**
 * Reads a type given by `--args` or `--result`. Only types that can cross to another process and that compile without
 * further imports are taken; anything else can be written into the file afterwards.
 */
export function parseTypeAnswer(flag: string, typed: string): TypeAnswer {
  try {
    return parseType(typed);
  } catch (error) {
    if (!(error instanceof TypeSyntaxError)) throw error;
    throw new UsageError(
      'ERR_TYPE',
      `${flag}: ${shown(typed)} cannot be written as a type: ${error.message}. Use one like "{ id: number; tags: string[] }".`,
    );
  }
}
