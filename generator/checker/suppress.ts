import type { Code } from './adapter/index.js';
import type { FixableFinding } from './findings.js';
import { ownFinding, placeIn } from './own-findings.js';
import { findSuppressions, type Suppression } from './suppressions.js';
import type { TextKey, TextValues } from './texts.js';

export interface SuppressOptions {
  readonly shown: (path: string) => string;
  /** All rules that there are. */
  readonly known: ReadonlySet<string>;
  /** Those that looked at everything: a suppression of another one may be needed, and nobody knows. */
  readonly finished: ReadonlySet<string>;
}

/** Takes out what a comment suppresses, and puts in the comments that may not, or that silence nothing. */
export function suppress(
  code: Code,
  findings: readonly FixableFinding[],
  options: SuppressOptions,
): FixableFinding[] {
  const told: FixableFinding[] = [];
  const silenced = new Set<FixableFinding>();
  for (const file of code.files) {
    for (const suppression of findSuppressions(code, file)) {
      const place = placeIn(code, file, suppression.start, suppression.end, options.shown(file.path));
      const problem = problemOf(suppression, options.known);
      if (problem) {
        told.push(ownFinding('suppression-reason', 'error', place, ...problem));
        continue;
      }
      const of = findings.filter(
        ({ path, line, rule }) =>
          path === file.path && suppression.lines.has(line) && suppression.rules.includes(rule),
      );
      for (const finding of of) silenced.add(finding);
      for (const rule of suppression.rules) {
        if (!options.finished.has(rule) || of.some((finding) => finding.rule === rule)) continue;
        told.push(ownFinding('suppression-unused', 'warning', place, 'suppression-unused.rule', { rule }));
      }
    }
  }
  return [...told, ...findings.filter((finding) => !silenced.has(finding))];
}

function problemOf(
  { rules, reason }: Suppression,
  known: ReadonlySet<string>,
): [TextKey, TextValues] | undefined {
  const unknown = rules.find((rule) => !known.has(rule));
  if (rules.length === 0) return ['suppression-reason.no-rule', {}];
  if (unknown !== undefined) return ['suppression-reason.unknown', { rule: unknown }];
  if (reason === '') return ['suppression-reason.missing', { rule: rules.join(', ') }];
  return undefined;
}
