import type { ts } from 'ts-morph';
import type { FixableFinding, PlacedEdit } from '../findings.js';
import { touch } from '../fix/edits.js';

interface Span {
  readonly start: number;
  readonly end: number;
}

/** The repairs of the findings that touch a stretch of a file, the safe ones first. */
export function codeFixes(
  findings: readonly FixableFinding[],
  source: ts.SourceFile,
  span: Span,
): ts.CodeFixAction[] {
  const touched = findings.filter((finding) => {
    const start = source.getPositionOfLineAndCharacter(finding.line - 1, finding.column - 1);
    const end = source.getPositionOfLineAndCharacter(finding.endLine - 1, finding.endColumn - 1);
    return start <= span.end && end >= span.start;
  });
  return [
    ...touched.flatMap((finding) => actionOf(finding, finding.fix, '', true)),
    ...touched.flatMap((finding) =>
      actionOf(finding, finding.suggestion, ' (may change what the code does)', false),
    ),
  ];
}

function actionOf(
  { rule, message }: FixableFinding,
  edits: readonly PlacedEdit[],
  hint: string,
  isForAll: boolean,
): ts.CodeFixAction[] {
  if (edits.length === 0) return [];
  const all = { fixId: fixIdOf(rule), fixAllDescription: `Repair all of ${rule} in this file` };
  return [
    {
      fixName: fixIdOf(rule),
      description: `Repair ${rule}: ${message.slice(message.lastIndexOf(';') + 1).trim()}${hint}`,
      changes: changesOf(edits),
      ...(isForAll ? all : {}),
    },
  ];
}

/** All safe repairs of one rule in a file; `undefined` when the id is of somebody else. */
export function combinedFix(
  findings: readonly FixableFinding[],
  fixId: unknown,
): ts.CombinedCodeActions | undefined {
  const meant = findings.filter(({ rule, fix }) => fixIdOf(rule) === fixId && fix.length > 0);
  if (meant.length === 0) return undefined;
  const taken: PlacedEdit[] = [];
  for (const { fix } of meant)
    if (!fix.some((edit) => taken.some((other) => touch(edit, other)))) taken.push(...fix);
  return { changes: changesOf(taken) };
}

function fixIdOf(rule: string): string {
  return `mproc-${rule}`;
}

function changesOf(edits: readonly PlacedEdit[]): ts.FileTextChanges[] {
  return [...new Set(edits.map((edit) => edit.file.path))].map((fileName) => ({
    fileName,
    textChanges: edits
      .filter((edit) => edit.file.path === fileName)
      .map(({ start, end, text }) => ({ span: { start, length: end - start }, newText: text })),
  }));
}
