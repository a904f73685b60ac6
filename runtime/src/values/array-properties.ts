import { inspect } from 'node:util';

const NAMES = Array.from({ length: 33 }, (_, index) => String(index));
const INSPECTION = {
  maxArrayLength: 0,
  depth: 0,
  customInspect: false,
  breakLength: Number.POSITIVE_INFINITY,
  compact: true,
} as const;

/**
 * Whether an array has no property but its elements; `false` also where that is not cheap to tell.
 *
 * The language has no way to ask this without naming every element, which takes longer than to pack them. Of a
 * long array, `inspect` shows all that is not an element and no elements, whatever the length.
 */
export function hasOnlyElements(array: readonly unknown[]): boolean {
  const { length } = array;
  if (length >= NAMES.length) return inspect(array, INSPECTION) === `[ ... ${length} more items ]`;
  const keys = Object.keys(array);
  // Indices come first and in order: with the last one in its place, all are there and nothing else.
  return keys.length === length && (length === 0 || keys[length - 1] === NAMES[length - 1]);
}

/** The names of an array's own properties that are not elements, and which elements there are, in order. */
export function keysOfArray(array: readonly unknown[]): { indices: number[]; names: string[] } {
  const indices: number[] = [];
  const names: string[] = [];
  for (const key of Object.keys(array)) {
    const index = Number(key);
    if (Number.isInteger(index) && index >= 0 && index < 0xffffffff && String(index) === key)
      indices.push(index);
    else names.push(key);
  }
  return { indices, names };
}
