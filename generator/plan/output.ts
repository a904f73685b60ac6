/** A file that a template makes. */
export interface FileOutput {
  readonly kind: 'file';
  readonly path: string;
  readonly contents: string;
  /** What the template gave, where the style of the project then made something else of it. */
  readonly template?: string;
  /**
   * What happens to a file of the user's that is there: refused, left alone, or completed by what it lacks, also under
   * `--force`.
   * @default 'refuse'
   */
  readonly existing?: 'refuse' | 'keep' | ((text: string) => string);
}

/** A change to a file that is there, or that the same plan makes. */
export interface EditOutput {
  readonly kind: 'edit';
  readonly path: string;
  readonly edit: (text: string) => string;
}

export type Output = FileOutput | EditOutput;
