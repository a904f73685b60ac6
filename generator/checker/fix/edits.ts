import type { PlacedEdit } from '../findings.js';

/** Whether two edits cannot be made together. */
export function touch(edit: PlacedEdit, other: PlacedEdit): boolean {
  return edit.file.path === other.file.path && edit.end >= other.start && edit.start <= other.end;
}

/** A text with edits of it made, which touch each other nowhere. */
export function applyEdits(text: string, edits: readonly PlacedEdit[]): string {
  let result = text;
  for (const edit of [...edits].sort((a, b) => b.start - a.start)) {
    result = result.slice(0, edit.start) + edit.text + result.slice(edit.end);
  }
  return result;
}
