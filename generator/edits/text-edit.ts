/** Text put in at a position. */
export interface Insertion {
  readonly at: number;
  readonly text: string;
}

/** Makes all insertions; every other character stays where it is. */
export function insertAll(text: string, insertions: readonly Insertion[]): string {
  return [...insertions]
    .sort((a, b) => b.at - a.at)
    .reduce((edited, { at, text: added }) => edited.slice(0, at) + added + edited.slice(at), text);
}
