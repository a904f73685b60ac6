import type { CodeFile, CodeNode } from './adapter/index.js';
import type { TextKey, TextValues } from './texts.js';

export type Severity = 'error' | 'warning';

/**
 * A finding as it is printed; `file` is relative to the project, `line` and `column` count from 1, the end is behind the
 * last character.
 */
export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly message: string;
  readonly clause: string;
  readonly fixable: boolean;
}

/** Replaces the text between two offsets of a file. */
export interface PlacedEdit {
  readonly file: Pick<CodeFile, 'path' | 'text'>;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Edit extends PlacedEdit {
  readonly file: CodeFile;
}

/** What a rule found, as data: its words come from the table of texts. */
export interface RuleFinding {
  readonly text: TextKey;
  readonly values: TextValues;
  readonly at: CodeNode;
  /** @default the severity of the rule */
  readonly severity?: Severity;
  /** Edits that make it right, where there is one safe answer. */
  readonly fix?: readonly Edit[] | undefined;
  /** Edits that are likely right, and may change what the code does: only with `--fix-suggested`. */
  readonly suggestion?: readonly Edit[] | undefined;
}

/** A finding with what it takes to repair it. */
export interface FixableFinding extends Finding {
  /** Absolute path of the file. */
  readonly path: string;
  readonly fix: readonly PlacedEdit[];
  readonly suggestion: readonly PlacedEdit[];
}
