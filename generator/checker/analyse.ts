import { relative } from 'node:path';
import type { Code, CodeFile, Compiler } from './adapter/index.js';
import type { FixableFinding, RuleFinding } from './findings.js';
import { describeProject, type ProjectModel } from './model/project-model.js';
import type { Rule } from './rule.js';
import { RULES } from './rules/index.js';
import { findSuppressions } from './suppressions.js';
import { wordsOf } from './texts.js';

export interface Analysis {
  readonly code: Code;
  readonly findings: readonly FixableFinding[];
  readonly checked: { workers: number; listeners: number; queues: number; strategies: number };
  /** Milliseconds of each tier. */
  readonly compilerMs: number;
  readonly rulesMs: number;
}

export interface AnalyseOptions {
  readonly root: string;
  readonly overlay?: ReadonlyMap<string, string>;
  readonly rules?: readonly Rule[];
}

const COMPILES = 'The project compiles under its own tsconfig.json.';
const SUPPRESSES = 'A suppression names a rule and gives a reason: `// mproc-check-ignore <rule>: <reason>`.';

/** Compiles the project, then looks at it with every rule. */
export function analyse(compiler: Compiler, options: AnalyseOptions): Analysis {
  const begun = performance.now();
  const code = compiler.compile(options.overlay);
  const compiled = compilerFindings(code, compiler, options.root);
  const compilerMs = performance.now() - begun;
  const project = describeProject(code);
  const ruled = (options.rules ?? RULES).flatMap((rule) =>
    [...rule.check({ code, project })].map((finding) => place(code, rule, finding, options.root)),
  );
  const kept = suppress(code, ruled, options.root);
  const findings = [...compiled, ...kept];
  const rulesMs = performance.now() - begun - compilerMs;
  return { code, findings: inOrder(findings), checked: count(project), compilerMs, rulesMs };
}

function compilerFindings(code: Code, compiler: Compiler, root: string): FixableFinding[] {
  return code.diagnostics().map(({ code: number, message, file, start }) => {
    const path = file?.path ?? compiler.configFile;
    const { line, column } = file ? code.position(file, start) : { line: 1, column: 1 };
    return {
      rule: 'typescript',
      severity: 'error',
      file: shown(path, root),
      path,
      line,
      column,
      message: `TS${number}: ${message}`,
      clause: COMPILES,
      fixable: false,
      fix: [],
    };
  });
}

function place(code: Code, rule: Rule, finding: RuleFinding, root: string): FixableFinding {
  const { file, start } = finding.at;
  return {
    rule: rule.id,
    severity: finding.severity ?? rule.severity,
    file: shown(file.path, root),
    path: file.path,
    ...code.position(file, start),
    message: wordsOf(finding.text, finding.values),
    clause: rule.clause,
    fixable: finding.fix !== undefined && finding.fix.length > 0,
    fix: finding.fix ?? [],
  };
}

/** Takes out what a comment suppresses, and puts in the comments that may not. */
function suppress(code: Code, findings: readonly FixableFinding[], root: string): FixableFinding[] {
  const known = new Set([...RULES.map((rule) => rule.id)]);
  const kept: FixableFinding[] = [];
  const silenced = new Set<FixableFinding>();
  for (const file of code.files) {
    for (const suppression of findSuppressions(file)) {
      const problem = problemOf(suppression, known);
      if (problem) {
        kept.push(broken(code, file, suppression.start, root, problem));
        continue;
      }
      for (const finding of findings) {
        if (finding.path !== file.path || !suppression.lines.has(finding.line)) continue;
        if (suppression.rules.includes(finding.rule)) silenced.add(finding);
      }
    }
  }
  return [...kept, ...findings.filter((finding) => !silenced.has(finding))];
}

function problemOf(suppression: { rules: readonly string[]; reason: string }, known: ReadonlySet<string>) {
  const unknown = suppression.rules.find((rule) => !known.has(rule));
  if (suppression.rules.length === 0) return wordsOf('suppression-reason.no-rule', {});
  if (unknown !== undefined) return wordsOf('suppression-reason.unknown', { rule: unknown });
  if (suppression.reason === '')
    return wordsOf('suppression-reason.missing', { rule: suppression.rules.join(', ') });
  return undefined;
}

function broken(code: Code, file: CodeFile, start: number, root: string, message: string): FixableFinding {
  return {
    rule: 'suppression-reason',
    severity: 'error',
    file: shown(file.path, root),
    path: file.path,
    ...code.position(file, start),
    message,
    clause: SUPPRESSES,
    fixable: false,
    fix: [],
  };
}

function count(project: ProjectModel) {
  return {
    workers: project.workers.length,
    listeners: project.listeners.length,
    queues: countQueues(project),
    strategies: project.strategies.length,
  };
}

/** A module that only makes a queue of another kind counts as one, too. */
function countQueues({ queues, queueFactories }: ProjectModel): number {
  const withClass = new Set(queues.map((queue) => queue.file));
  return (
    queues.length +
    new Set(queueFactories.map((each) => each.file).filter((file) => !withClass.has(file))).size
  );
}

function shown(path: string, root: string): string {
  return relative(root, path).replaceAll('\\', '/') || path;
}

function inOrder(findings: readonly FixableFinding[]): FixableFinding[] {
  const rank = (finding: FixableFinding) => (finding.rule === 'typescript' ? 0 : 1);
  return findings
    .map((finding, index) => ({ finding, index }))
    .sort(
      (a, b) =>
        compare(a.finding.file, b.finding.file) ||
        a.finding.line - b.finding.line ||
        a.finding.column - b.finding.column ||
        rank(a.finding) - rank(b.finding) ||
        a.index - b.index,
    )
    .map(({ finding }) => finding);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
