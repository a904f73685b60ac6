/**
 * What a run would do to each path.
 *
 * - `create`, `edit`, `overwrite`, `delete` change the disk; `overwrite` replaces what is not ours and needs `--force`
 * - `unchanged`: the file already holds what is wanted
 * - `kept`: the file is the user's own, and the project does well without ours
 * - `conflict`: the file is in the way; a plan with one is never written
 */
export type Action = 'create' | 'edit' | 'overwrite' | 'delete' | 'unchanged' | 'kept' | 'conflict';

export interface PlannedFile {
  /** Below the root, with `/` between its parts. */
  readonly path: string;
  readonly action: Action;
  /** What is there now; `undefined` when nothing is. */
  readonly before: Buffer | undefined;
  /** What will be there; `undefined` when nothing will be. */
  readonly contents: Buffer | undefined;
  /** Why it is a conflict, or kept. */
  readonly reason?: string;
  /** Places in `contents` that a person has to settle, between markers. */
  readonly conflicts?: number;
}

export interface Plan {
  /** The command, as a person would type it again. */
  readonly command: string;
  /** Absolute. */
  readonly root: string;
  readonly files: readonly PlannedFile[];
}

const WRITTEN: ReadonlySet<Action> = new Set(['create', 'edit', 'overwrite', 'delete']);

/** The files that a run would touch. */
export function changesOf(plan: Plan): PlannedFile[] {
  return plan.files.filter((file) => WRITTEN.has(file.action));
}

export function conflictsOf(plan: Plan): PlannedFile[] {
  return plan.files.filter((file) => file.action === 'conflict');
}
