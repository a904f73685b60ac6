/** Behind the memory, at the end of its file. */
export const SEAL_BYTES = 8;

/**
 * What crosses in place of an array that is lent: its file, and where in it the array is. The seal is a number that no
 * other loan has, also none that had the same file before.
 */
export type LoanReference = readonly [
  path: string,
  inode: number,
  seal: number,
  /** Of the file that can be lent: whole pages, from its start. */
  mappedBytes: number,
  /** Of that which was allocated. */
  memoryBytes: number,
  /** An index of `BYTE_KINDS`. */
  kind: number,
  start: number,
  lengthBytes: number,
];

/** What is said of memory is not believed before it has been looked at. */
export function isLoanReference(value: unknown): value is LoanReference {
  if (!Array.isArray(value) || value.length !== 8) return false;
  const [path, ...numbers] = value as unknown[];
  const [, , mappedBytes, memoryBytes] = numbers as number[];
  const areSizes = numbers.every((number) => Number.isSafeInteger(number) && (number as number) >= 0);
  return typeof path === 'string' && areSizes && memoryBytes! <= mappedBytes!;
}
