// The rules of `check` as rules of ESLint 9, for its flat configuration. They need no type information of the parser.
import { isAbsolute } from 'node:path';
import type { FixableFinding, PlacedEdit, Severity } from '../findings.js';
import { pageOf } from '../formats/pages.js';
import { OWN_CLAUSES } from '../own-findings.js';
import { RULES } from '../rules/index.js';
import { type LintedProject, projectOf } from './linted-project.js';

/** The parts of ESLint's interface that are used here. */
interface Context {
  readonly filename: string;
  readonly sourceCode: { readonly text: string };
  report(problem: {
    readonly loc: { readonly start: Position; readonly end: Position };
    readonly message: string;
    readonly fix?: Fix | null;
    readonly suggest?: readonly { readonly desc: string; readonly fix: Fix }[];
  }): void;
}
interface Position {
  readonly line: number;
  readonly column: number;
}
type Fix = (fixer: Fixer) => readonly unknown[];
interface Fixer {
  replaceTextRange(range: readonly [number, number], text: string): unknown;
}

interface Clause {
  readonly id: string;
  readonly clause: string;
  readonly severity: Severity;
}

/** What the check says of itself, as far as it concerns a file that is linted. */
const OWN: readonly Clause[] = (
  [
    ['suppression-reason', 'error'],
    ['suppression-unused', 'warning'],
    ['not-checked', 'warning'],
    ['check-failed', 'error'],
  ] as const
).map(([id, severity]) => ({ id, clause: OWN_CLAUSES[id], severity }));

const CLAUSES = [...RULES, ...OWN];

function ruleOf({ id, clause }: Clause) {
  return {
    meta: {
      type: 'problem',
      docs: { description: clause, url: pageOf(id) },
      fixable: 'code',
      hasSuggestions: true,
      schema: [],
    },
    create: (context: Context) => ({ Program: () => report(id, context) }),
  };
}

function report(rule: string, context: Context): void {
  const { filename, sourceCode } = context;
  if (!isAbsolute(filename)) return;
  const project = projectOf(filename);
  if (!project) {
    if (rule === 'not-checked' && sourceCode.text.includes('mproc-worker'))
      context.report(atStart('no tsconfig.json in this folder or above it: the rules of mproc need one'));
    return;
  }
  const { text } = sourceCode;
  if (rule === 'check-failed')
    for (const { message } of project.failures(filename, text)) context.report(atStart(message));
  for (const finding of project.findingsIn(filename, text))
    if (finding.rule === rule) context.report(problemOf(finding, project, filename, text));
}

function atStart(message: string) {
  return { loc: { start: { line: 1, column: 0 }, end: { line: 1, column: 0 } }, message };
}

function problemOf(finding: FixableFinding, project: LintedProject, path: string, text: string) {
  const { line, column, endLine, endColumn, message, fix, suggestion } = finding;
  const isSound = (edits: readonly PlacedEdit[]) =>
    edits.length > 0 && project.keepsCompiling(edits, path, text);
  return {
    loc: { start: { line, column: column - 1 }, end: { line: endLine, column: endColumn - 1 } },
    message,
    fix: isSound(fix) ? make(fix) : null,
    suggest: isSound(suggestion)
      ? [{ desc: 'Repair it in a way that may change what the code does', fix: make(suggestion) }]
      : [],
  };
}

function make(edits: readonly PlacedEdit[]): Fix {
  return (fixer) => edits.map(({ start, end, text }) => fixer.replaceTextRange([start, end], text));
}

declare const PLUGIN_VERSION: string;

const plugin = {
  meta: { name: 'eslint-plugin-mproc', version: PLUGIN_VERSION, namespace: 'mproc' },
  rules: Object.fromEntries(CLAUSES.map((clause) => [clause.id, ruleOf(clause)])),
  configs: {} as Record<string, unknown>,
};
plugin.configs.recommended = {
  name: 'mproc/recommended',
  plugins: { mproc: plugin },
  rules: Object.fromEntries(
    CLAUSES.map(({ id, severity }) => [`mproc/${id}`, severity === 'error' ? 'error' : 'warn']),
  ),
};

export default plugin;
// What `require` gives is the plugin itself.
export { plugin as 'module.exports' };
