import type { PlacedEdit } from '../findings.js';

export interface Range {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** Where an edit begins and ends, counted from 1; the end is behind the last character. */
export function rangeOf({ file, start, end }: PlacedEdit): Range {
  const from = placeOf(file.text, start);
  const to = placeOf(file.text, end);
  return { ...from, endLine: to.line, endColumn: to.column };
}

function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: offset - lineStart + 1 };
}
