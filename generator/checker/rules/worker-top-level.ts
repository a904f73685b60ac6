import type { CodeNode } from '../adapter/index.js';
import { isExportsAssignment } from '../model/common-exports.js';
import type { Rule } from '../rule.js';

const TRANSPARENT =
  /^(ParenthesizedExpression|AsExpression|SatisfiesExpression|VariableDeclaration|VariableDeclarationList|VariableStatement|ExportAssignment)$/;

export const workerTopLevel: Rule = {
  id: 'worker-top-level',
  severity: 'error',
  clause:
    'A worker stands at the top level of its module, where another process finds it and nothing is captured.',
  fixable: false,
  *check({ module }) {
    for (const worker of module.workers) {
      const outer = enclosing(worker.node);
      if (!outer) continue;
      const values = { name: worker.name ?? 'the class', outer: describe(outer) };
      yield { text: 'worker-top-level.nested', values, at: worker.at };
    }
  },
};

/** What stands between a class and its module. */
function enclosing(node: CodeNode): CodeNode | undefined {
  let parent = node.parent;
  while (parent && (TRANSPARENT.test(parent.kind) || isExported(parent))) parent = parent.parent;
  return parent?.kind === 'SourceFile' ? undefined : (named(parent) ?? parent);
}

/** `exports.A = class …` and `module.exports = { A: class … }` */
function isExported(node: CodeNode): boolean {
  let current: CodeNode | undefined = node;
  while (current && /^(PropertyAssignment|ObjectLiteralExpression)$/.test(current.kind))
    current = current.parent;
  if (current?.kind === 'ExpressionStatement')
    return isExportsAssignment(current.get('expression') ?? current);
  return current !== undefined && isExportsAssignment(current);
}

function named(node: CodeNode | undefined): CodeNode | undefined {
  let current = node;
  while (current && current.kind !== 'SourceFile') {
    if (/Function|Method|Constructor|ModuleDeclaration|ClassDeclaration/.test(current.kind)) return current;
    current = current.parent;
  }
  return undefined;
}

function describe(node: CodeNode): string {
  if (node.kind === 'Constructor') return 'a constructor';
  if (node.kind === 'ModuleDeclaration') return `namespace ${node.name ?? ''}`.trim();
  const name =
    node.get('name')?.text ?? (node.parent?.kind === 'VariableDeclaration' ? node.parent.name : undefined);
  if (/Function|Method/.test(node.kind)) return name ? `function ${name}` : 'a function';
  return name ? `${name}` : 'a block';
}
