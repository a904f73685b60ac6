import type { Code, CodeFile } from './adapter/index.js';
import type { FixableFinding, Severity } from './findings.js';
import { type TextKey, type TextValues, wordsOf } from './texts.js';

/** Findings that no rule makes: what the compiler says, and what the check says of itself. */
export const OWN_CLAUSES = {
  typescript: 'The project compiles under its own tsconfig.json.',
  'suppression-reason':
    'A suppression names a rule and gives a reason: `// mproc-check-ignore <rule>: <reason>`.',
  'suppression-unused': 'A suppression silences something.',
  'check-failed': 'Every rule looks at the whole project.',
  'known-fault': 'A generated file has no fault that its template is known to have had.',
  'not-checked': 'What uses `mproc-worker` is part of a project that `check` can read.',
} as const;

export type OwnRule = keyof typeof OWN_CLAUSES;

interface Place {
  /** As it is shown. */
  readonly file: string;
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export function ownFinding(
  rule: OwnRule,
  severity: Severity,
  place: Place,
  text: TextKey,
  values: TextValues,
): FixableFinding {
  return { ...plainFinding(rule, severity, place, wordsOf(text, values)) };
}

export function plainFinding(
  rule: OwnRule,
  severity: Severity,
  place: Place,
  message: string,
): FixableFinding {
  const clause = OWN_CLAUSES[rule];
  return { rule, severity, ...place, message, clause, fixable: false, fix: [], suggestion: [] };
}

/** The first character of a file, where nothing more is known. */
export function startOf(path: string, file: string): Place {
  return { file, path, line: 1, column: 1, endLine: 1, endColumn: 1 };
}

/** A stretch of a file. */
export function placeIn(code: Code, file: CodeFile, start: number, end: number, shown: string): Place {
  const { line, column } = code.position(file, start);
  const { line: endLine, column: endColumn } = code.position(file, Math.max(start, end));
  return { file: shown, path: file.path, line, column, endLine, endColumn };
}
