import { decodeRecord } from '../wire/index.js';
import type { Row } from './engine.js';

/** The value of a row; none when its record, which anybody may have written, cannot be read. */
export function valuesOf<T>({ record }: Row): [value: T] | [] {
  try {
    return [decodeRecord(record) as T];
  } catch {
    return [];
  }
}
