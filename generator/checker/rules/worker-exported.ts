import type { Code } from '../adapter/index.js';
import type { RuleFinding } from '../findings.js';
import { type ClassModel, holderOf } from '../model/classes.js';
import { commonExports } from '../model/common-exports.js';
import type { Rule } from '../rule.js';

export const workerExported: Rule = {
  id: 'worker-exported',
  severity: 'error',
  clause: 'A process finds a worker among the exports of its module, under its own name.',
  fixable: true,
  *check({ code, module }) {
    for (const worker of module.workers) {
      const finding = judge(code, worker);
      if (finding) yield finding;
    }
  },
};

function judge(code: Code, worker: ClassModel): RuleFinding | undefined {
  if (!isTopLevel(worker)) return undefined;
  const names = exportedNames(code, worker);
  const name = worker.name ?? 'the class';
  if (names.length === 0) {
    return { text: 'worker-exported.missing', values: { name }, at: worker.at, fix: exportIt(worker) };
  }
  if (worker.name === undefined || names.includes(worker.name) || names.includes('default')) return undefined;
  return { text: 'worker-exported.renamed', values: { name, exported: names[0]! }, at: worker.at };
}

function exportedNames(code: Code, worker: ClassModel): string[] {
  const keys = new Set([worker.symbol?.key, worker.node.symbol?.key, holderOf(worker.node)?.symbol?.key]);
  const names = [...code.exportsOf(worker.file)]
    .filter(([, symbol]) => keys.has(symbol.key))
    .map(([name]) => name);
  const common = commonExports(worker.file).filter(
    ({ value }) => value === worker.node || (value.symbol !== undefined && keys.has(value.symbol.key)),
  );
  return [...names, ...common.map(({ name }) => name)];
}

/** The statement that holds the class, when it is one of the module's own. */
function statementOf(worker: ClassModel) {
  const declared = holderOf(worker.node)?.parent?.parent ?? worker.node;
  return declared.parent?.kind === 'SourceFile' ? declared : undefined;
}

function isTopLevel(worker: ClassModel): boolean {
  return statementOf(worker) !== undefined || worker.node.parent?.kind === 'ExportAssignment';
}

function exportIt(worker: ClassModel) {
  const statement = statementOf(worker);
  if (!statement || worker.name === undefined || isCommonJs(worker)) return undefined;
  // Decorators stand before `export`.
  const first = statement.list('modifiers').find((modifier) => modifier.kind !== 'Decorator');
  const decorated = statement.list('modifiers').some((modifier) => modifier.kind === 'Decorator');
  if (decorated && !first) return undefined;
  const start = first?.start ?? statement.start;
  return [{ file: worker.file, start, end: start, text: 'export ' }];
}

/** Where `export` cannot be written. */
function isCommonJs({ file }: ClassModel): boolean {
  return /\.c[jt]s$/.test(file.path) || (file.isJavaScript && commonExports(file).length > 0);
}
