import { shown, UsageError } from '../output/failure.js';
import { parseType, TypeSyntaxError } from './type-grammar.js';

/** A TypeScript type that was typed as an answer. */
export interface TypeAnswer {
  /** As it is written into the worker. */
  readonly text: string;
  /** An expression of that type, for the first version of `process` and its test. */
  readonly sample: string;
}

/** What no compiler makes a type of, and what no worker may take. */
const NEVER = /^\s*$|^.{301}|^\s*(?:any|Function|symbol)\s*$/s;

/**
 * Refuses at once what cannot be a type that crosses to another process. What is left may be a type of the project, which
 * is known when the project is.
 * @throws UsageError
 */
export function checkTypeAnswer(flag: string, typed: string): void {
  if (!NEVER.test(typed)) return;
  try {
    parseType(typed);
  } catch (error) {
    if (!(error instanceof TypeSyntaxError)) throw error;
    throw new UsageError(
      'ERR_TYPE',
      `${flag}: ${shown(typed)} cannot be written as a type: ${error.message}. Use one like "{ id: number; tags: string[] }".`,
    );
  }
}
