import type { Code, Compiler } from './adapter/index.js';
import { type Checked, Examiner, shown } from './examine.js';
import type { FixableFinding } from './findings.js';
import { ownFinding, placeIn, plainFinding, startOf } from './own-findings.js';
import type { Rule } from './rule.js';

export interface Analysis {
  readonly findings: readonly FixableFinding[];
  readonly checked: Checked;
  /** How many files of the project were looked at. */
  readonly files: number;
  readonly paths: readonly string[];
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
  /** Whether no file is new or gone, and no configuration another, since it was last compiled. @default false */
  readonly onlyTexts?: boolean;
  /** Whether the compiler of the rules says what it finds as well, by configuration. @default it does for all */
  readonly diagnoses?: (configFile: string) => boolean;
}

/** Compiles the project and those that it refers to, then looks at them with every rule. */
export function analyse(compiler: Compiler, options: AnalyseOptions): Analysis {
  if (!options.onlyTexts) compiler.refresh();
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
    paths: [...paths],
    compilerMs: sum(parts.map((part) => part.compilerMs)),
    rulesMs: sum(parts.map((part) => part.rulesMs)),
  };
}

function analyseProgram(compiler: Compiler, options: AnalyseOptions): Analysis {
  const { root } = options;
  const { configFile } = compiler;
  const begun = performance.now();
  const code = compiler.compile(options.overlay);
  const diagnoses = options.diagnoses?.(configFile) ?? true;
  const compiled = diagnoses ? compilerFindings(code, compiler, root) : [];
  const compilerMs = performance.now() - begun;
  const examiner = examinerOf(compiler, diagnoses && options.rules === undefined);
  const rules = options.rules && { rules: options.rules };
  const { findings, checked } = examiner.examine(code, { root, configFile, ...rules }, code.changes());
  return {
    findings: [...compiled, ...findings],
    checked,
    files: code.files.length,
    paths: code.files.map((file) => file.path),
    compilerMs,
    rulesMs: performance.now() - begun - compilerMs,
  };
}

const examiners = new WeakMap<Compiler, Examiner>();

/** What is compiled again and again is looked at where something has changed; who does not compile does not know where. */
function examinerOf(compiler: Compiler, isKept: boolean): Examiner {
  const known = isKept ? examiners.get(compiler) : undefined;
  const examiner = known ?? new Examiner();
  if (isKept) examiners.set(compiler, examiner);
  return examiner;
}

function compilerFindings(code: Code, compiler: Compiler, root: string): FixableFinding[] {
  return code.diagnostics().map(({ code: number, message, file, start, end }) => {
    const at = file
      ? placeIn(code, file, start, end, shown(file.path, root))
      : startOf(compiler.configFile, shown(compiler.configFile, root));
    return plainFinding('typescript', 'error', at, `TS${number}: ${message}`);
  });
}

function unlisted(compiler: Compiler, listed: ReadonlySet<string>, root: string): FixableFinding[] {
  const config = shown(compiler.configFile, root);
  return compiler.unlisted(listed).map((path) => {
    const text =
      /js$/.test(path) && !compiler.allowsJavaScript ? 'not-checked.javascript' : 'not-checked.outside';
    return ownFinding('not-checked', 'warning', startOf(path, shown(path, root)), text, { config });
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
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
