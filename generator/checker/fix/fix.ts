import type { Compiler } from '../adapter/index.js';
import { type AnalyseOptions, type Analysis, analyse } from '../analyse.js';
import type { Edit, FixableFinding } from '../findings.js';

const MAX_PASSES = 10;

export interface FixOutcome {
  readonly analysis: Analysis;
  /** The texts to write, by path; only of files that changed. */
  readonly texts: ReadonlyMap<string, string>;
  /** How many findings went away. */
  readonly fixed: number;
}

/** Repairs in memory until nothing more can be: the caller writes. A file that would get worse is left as it was. */
export function fix(
  compiler: Compiler,
  options: AnalyseOptions,
  start: Analysis,
  mayChange: (path: string) => boolean,
): FixOutcome {
  const locked = new Set(start.findings.map(({ path }) => path).filter((path) => !mayChange(path)));
  let texts = new Map<string, string>();
  let analysis = start;
  for (let pass = 0; pass < MAX_PASSES; pass += 1) {
    const next = applyOnce(analysis, texts, locked);
    if (!next) break;
    const result = analyse(compiler, { ...options, overlay: overlayOf(options, next) });
    const worse = [...next.keys()].filter(
      (path) => errorsIn(result, path) > errorsIn(analysis, path) || introduces(analysis, result, path),
    );
    const changed = [...next.keys()].filter((path) => next.get(path) !== texts.get(path));
    const total = errors(result) > errors(analysis) ? changed : worse;
    if (total.length === 0) {
      texts = next;
      analysis = result;
      continue;
    }
    for (const path of total) locked.add(path);
  }
  return { analysis, texts, fixed: start.findings.length - analysis.findings.length };
}

function overlayOf(options: AnalyseOptions, texts: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...(options.overlay ?? []), ...texts]);
}

/** A fix may not trade one compiler error for another. */
function introduces(before: Analysis, after: Analysis, path: string): boolean {
  const compilerErrors = (analysis: Analysis) =>
    analysis.findings.filter((finding) => finding.path === path && finding.rule === 'typescript').length;
  return compilerErrors(after) > compilerErrors(before);
}

function errors(analysis: Analysis): number {
  return analysis.findings.filter((finding) => finding.severity === 'error').length;
}

function errorsIn(analysis: Analysis, path: string): number {
  return analysis.findings.filter((finding) => finding.path === path && finding.severity === 'error').length;
}

/** All fixes that do not touch each other; `undefined` when there is none. */
function applyOnce(
  analysis: Analysis,
  texts: ReadonlyMap<string, string>,
  locked: ReadonlySet<string>,
): Map<string, string> | undefined {
  const byFile = new Map<string, Edit[]>();
  for (const finding of analysis.findings) {
    if (finding.fix.some((edit) => locked.has(edit.file.path)) || !fits(finding, byFile)) continue;
    for (const edit of finding.fix) byFile.set(edit.file.path, [...(byFile.get(edit.file.path) ?? []), edit]);
  }
  if (byFile.size === 0) return undefined;
  const next = new Map(texts);
  for (const [path, edits] of byFile) next.set(path, applyEdits(edits[0]!.file.text, edits));
  return next;
}

function fits(finding: FixableFinding, byFile: ReadonlyMap<string, readonly Edit[]>): boolean {
  return (
    finding.fix.length > 0 &&
    finding.fix.every((edit) => {
      const taken = byFile.get(edit.file.path) ?? [];
      return taken.every((other) => edit.end < other.start || edit.start > other.end);
    })
  );
}

export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = text;
  for (const edit of [...edits].sort((a, b) => b.start - a.start)) {
    result = result.slice(0, edit.start) + edit.text + result.slice(edit.end);
  }
  return result;
}
