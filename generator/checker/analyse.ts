import { relative } from 'node:path';
import type { Code, Compiler } from './adapter/index.js';
import type { Edit, FixableFinding, RuleFinding } from './findings.js';
import { describeProject, type ProjectModel } from './model/project-model.js';
import { ownFinding, placeIn, plainFinding, startOf } from './own-findings.js';
import type { Rule } from './rule.js';
import { RULES } from './rules/index.js';
import { suppress } from './suppress.js';
import { wordsOf } from './texts.js';

export interface Checked {
  readonly workers: number;
  readonly listeners: number;
  readonly queues: number;
  readonly strategies: number;
}

export interface Analysis {
  readonly findings: readonly FixableFinding[];
  readonly checked: Checked;
  /** How many files of the project were looked at. */
  readonly files: number;
  /** Milliseconds of each tier. */
  readonly compilerMs: number;
  readonly rulesMs: number;
  /** From begin to end, where the tiers ran beside each other. @default their sum */
  readonly wallMs?: number;
}

export interface AnalyseOptions {
  readonly root: string;
  readonly overlay?: ReadonlyMap<string, string>;
  readonly rules?: readonly Rule[];
  /** Whether the compiler of the rules says what it finds as well, by configuration. @default it does for all */
  readonly diagnoses?: (configFile: string) => boolean;
}

interface ProgramAnalysis extends Analysis {
  readonly paths: readonly string[];
}

/** Compiles the project and those that it refers to, then looks at them with every rule. */
export function analyse(compiler: Compiler, options: AnalyseOptions): Analysis {
  const compilers = [compiler, ...compiler.referenced()];
  const parts = compilers.map((each) => analyseProgram(each, options));
  const paths = new Set(parts.flatMap((part) => part.paths));
  const left = unlisted(compiler, paths, options.root);
  const findings = [...parts.flatMap((part) => part.findings), ...left];
  return {
    findings: inOrder(parts.length > 1 ? withoutTwins(findings) : findings),
    checked: {
      workers: sum(parts.map(({ checked }) => checked.workers)),
      listeners: sum(parts.map(({ checked }) => checked.listeners)),
      queues: sum(parts.map(({ checked }) => checked.queues)),
      strategies: sum(parts.map(({ checked }) => checked.strategies)),
    },
    files: paths.size,
    compilerMs: sum(parts.map((part) => part.compilerMs)),
    rulesMs: sum(parts.map((part) => part.rulesMs)),
  };
}

function analyseProgram(compiler: Compiler, options: AnalyseOptions): ProgramAnalysis {
  const { root, rules = RULES } = options;
  const begun = performance.now();
  const code = compiler.compile(options.overlay);
  const diagnoses = options.diagnoses?.(compiler.configFile) ?? true;
  const compiled = diagnoses ? compilerFindings(code, compiler, root) : [];
  const compilerMs = performance.now() - begun;
  const project = describeProject(code);
  const outcomes = rules.map((rule) => apply(rule, code, project, compiler, root));
  const kept = suppress(
    code,
    outcomes.flatMap(({ findings }) => findings),
    {
      shown: (path) => shown(path, root),
      known: new Set(RULES.map((rule) => rule.id)),
      finished: new Set(outcomes.filter(({ failed }) => !failed).map(({ rule }) => rule.id)),
    },
  );
  return {
    findings: [...compiled, ...kept],
    checked: count(project),
    files: code.files.length,
    paths: code.files.map((file) => file.path),
    compilerMs,
    rulesMs: performance.now() - begun - compilerMs,
  };
}

interface RuleOutcome {
  readonly rule: Rule;
  readonly findings: readonly FixableFinding[];
  readonly failed: boolean;
}

/** A rule that throws keeps what it has found, is told of, and holds no other rule up. */
function apply(rule: Rule, code: Code, project: ProjectModel, compiler: Compiler, root: string): RuleOutcome {
  const findings: FixableFinding[] = [];
  try {
    for (const finding of rule.check({ code, project })) findings.push(place(code, rule, finding, root));
    return { rule, findings, failed: false };
  } catch (error) {
    const at = startOf(compiler.configFile, shown(compiler.configFile, root));
    const values = { rule: rule.id, error: String(error).split('\n')[0]! };
    findings.push(ownFinding('check-failed', 'error', at, 'check-failed.rule', values));
    return { rule, findings, failed: true };
  }
}

function compilerFindings(code: Code, compiler: Compiler, root: string): FixableFinding[] {
  return code.diagnostics().map(({ code: number, message, file, start, end }) => {
    const at = file
      ? placeIn(code, file, start, end, shown(file.path, root))
      : startOf(compiler.configFile, shown(compiler.configFile, root));
    return plainFinding('typescript', 'error', at, `TS${number}: ${message}`);
  });
}

function place(code: Code, rule: Rule, finding: RuleFinding, root: string): FixableFinding {
  const { file, start, end } = finding.at;
  const isEmpty = (edits: readonly Edit[] | undefined) => edits === undefined || edits.length === 0;
  return {
    rule: rule.id,
    severity: finding.severity ?? rule.severity,
    ...placeIn(code, file, start, end, shown(file.path, root)),
    message: wordsOf(finding.text, finding.values),
    clause: rule.clause,
    fixable: !isEmpty(finding.fix),
    fix: finding.fix ?? [],
    suggestion: finding.suggestion ?? [],
  };
}

function unlisted(compiler: Compiler, listed: ReadonlySet<string>, root: string): FixableFinding[] {
  const config = shown(compiler.configFile, root);
  return compiler.unlisted(listed).map((path) => {
    const text =
      /js$/.test(path) && !compiler.allowsJavaScript ? 'not-checked.javascript' : 'not-checked.outside';
    return ownFinding('not-checked', 'warning', startOf(path, shown(path, root)), text, { config });
  });
}

function count(project: ProjectModel): Checked {
  return {
    workers: counted(() => project.workers.length + project.functionWorkers.length),
    listeners: counted(() => project.listeners.length),
    queues: counted(() => countQueues(project)),
    strategies: counted(() => project.strategies.length),
  };
}

/** What could not be found is told by the rules that need it. */
function counted(read: () => number): number {
  try {
    return read();
  } catch {
    return 0;
  }
}

/** A module that only makes a queue of another kind counts as one, too. */
function countQueues({ queues, queueFactories }: ProjectModel): number {
  const withClass = new Set(queues.map((queue) => queue.file));
  return (
    queues.length +
    new Set(queueFactories.map((each) => each.file).filter((file) => !withClass.has(file))).size
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function shown(path: string, root: string): string {
  return relative(root, path).replaceAll('\\', '/') || path;
}

/** A file may be part of several projects. */
function withoutTwins(findings: readonly FixableFinding[]): FixableFinding[] {
  const byText = new Map(
    findings.map((finding) => [
      `${finding.path}:${finding.line}:${finding.column} ${finding.rule} ${finding.message}`,
      finding,
    ]),
  );
  return [...byText.values()];
}

export function inOrder(findings: readonly FixableFinding[]): FixableFinding[] {
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
