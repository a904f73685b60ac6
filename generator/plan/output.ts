/** A file that a template makes. */
export interface FileOutput {
  readonly kind: 'file';
  readonly path: string;
  readonly contents: string;
  /**
   * What happens to a file of the user's that is there: refused, left alone, or completed with the lines it lacks.
   * @default 'refuse'
   */
  readonly existing?: 'refuse' | 'keep' | 'complete';
}

/** A change to a file that is there, or that the same plan makes. */
export interface EditOutput {
  readonly kind: 'edit';
  readonly path: string;
  readonly edit: (text: string) => string;
}

export type Output = FileOutput | EditOutput;
