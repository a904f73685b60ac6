/** Under which all bundles of the package find it. */
const ENCODED: unique symbol = Symbol.for('mproc-worker.encoded');
/** A queue that has it makes records of the values that it is given, by `encodeRecord`. */
export const TAKES_ENCODED: unique symbol = Symbol.for('mproc-worker.takesEncoded');

/** A value as its record, made before a queue is given it: what becomes of the value meanwhile changes nothing. */
export interface Encoded {
  readonly [ENCODED]: string;
}

export function encodedAs(record: string): Encoded {
  return { [ENCODED]: record };
}

/** @returns `undefined` for a value that is none */
export function recordIn(value: unknown): string | undefined {
  const record = (value as Partial<Encoded> | null | undefined)?.[ENCODED];
  return typeof record === 'string' ? record : undefined;
}
