import type { Compiler } from '../adapter/index.js';
import { type AnalyseOptions, type Analysis, analyse } from '../analyse.js';
import type { FixableFinding, PlacedEdit } from '../findings.js';
import { applyEdits, touch } from './edits.js';

const MAX_PASSES = 40;

export interface FixOutcome {
  readonly analysis: Analysis;
  /** The texts to write, by path; only of files that changed. */
  readonly texts: ReadonlyMap<string, string>;
  /** How many findings went away. */
  readonly fixed: number;
}

export interface FixOptions extends AnalyseOptions {
  /** Also what may change what the code does. @default false */
  readonly suggested?: boolean;
}

/**
 * Repairs in memory until nothing more can be: the caller writes. Repairs are made together; where that makes anything
 * worse, one by one, and one that makes it worse by itself is left out.
 */
export function fix(
  compiler: Compiler,
  options: FixOptions,
  start: Analysis,
  mayChange: (path: string) => boolean,
): FixOutcome {
  const refused = new Set<string>();
  let texts: ReadonlyMap<string, string> = new Map();
  let analysis = start;
  let together = true;
  for (let pass = 0; pass < MAX_PASSES; pass += 1) {
    const chosen = choose(analysis, options, refused, mayChange, together ? Number.POSITIVE_INFINITY : 1);
    if (chosen.length === 0) break;
    const next = apply(chosen, texts, options);
    const result = analyse(compiler, { ...options, overlay: new Map([...(options.overlay ?? []), ...next]) });
    if (!isWorse(analysis, result)) {
      texts = next;
      analysis = result;
    } else if (chosen.length > 1) {
      together = false;
    } else {
      refused.add(keyOf(chosen[0]!));
    }
  }
  return { analysis, texts, fixed: start.findings.length - analysis.findings.length };
}

/** More errors, or an error of the compiler that was not there. */
function isWorse(before: Analysis, after: Analysis): boolean {
  if (errors(after) > errors(before)) return true;
  const left = new Map<string, number>();
  for (const each of compilerErrors(before)) left.set(each, (left.get(each) ?? 0) + 1);
  return compilerErrors(after).some((each) => {
    const count = left.get(each) ?? 0;
    left.set(each, count - 1);
    return count < 1;
  });
}

function errors(analysis: Analysis): number {
  return analysis.findings.filter((finding) => finding.severity === 'error').length;
}

function compilerErrors(analysis: Analysis): string[] {
  return analysis.findings
    .filter((finding) => finding.rule === 'typescript')
    .map(({ path, message }) => `${path} ${message}`);
}

function keyOf({ rule, path, message, line, column }: FixableFinding): string {
  return `${path}:${line}:${column} ${rule} ${message}`;
}

function editsOf(finding: FixableFinding, { suggested }: FixOptions): readonly PlacedEdit[] {
  return finding.fix.length > 0 || !suggested ? finding.fix : finding.suggestion;
}

/** Repairs that do not touch each other. */
function choose(
  analysis: Analysis,
  options: FixOptions,
  refused: ReadonlySet<string>,
  mayChange: (path: string) => boolean,
  most: number,
): FixableFinding[] {
  const taken: PlacedEdit[] = [];
  const chosen: FixableFinding[] = [];
  for (const finding of analysis.findings) {
    const edits = editsOf(finding, options);
    if (chosen.length >= most || edits.length === 0 || refused.has(keyOf(finding))) continue;
    if (!mayChange(finding.path) || edits.some((edit) => !mayChange(edit.file.path))) continue;
    if (edits.some((edit) => taken.some((other) => touch(edit, other)))) continue;
    taken.push(...edits);
    chosen.push(finding);
  }
  return chosen;
}

function apply(
  findings: readonly FixableFinding[],
  texts: ReadonlyMap<string, string>,
  options: FixOptions,
): Map<string, string> {
  const byFile = new Map<string, PlacedEdit[]>();
  for (const edit of findings.flatMap((finding) => editsOf(finding, options)))
    byFile.set(edit.file.path, [...(byFile.get(edit.file.path) ?? []), edit]);
  const next = new Map(texts);
  for (const [path, edits] of byFile) next.set(path, applyEdits(edits[0]!.file.text, edits));
  return next;
}
