import type { CodeNode } from '../adapter/index.js';
import { unwrap } from './functions.js';

const PASSES =
  /^(ParenthesizedExpression|AsExpression|SatisfiesExpression|ConditionalExpression|ArrayLiteralExpression|SpreadElement|NonNullExpression)$/;

/** Whether a value can become part of what its function gives: one that is only logged, or kept in a name nobody reads, cannot. */
export function isAnswered(value: CodeNode): boolean {
  let node = value;
  while (
    node.parent &&
    (PASSES.test(node.parent.kind) || /^(\?\?|\|\||&&)$/.test(node.parent.operator ?? ''))
  )
    node = node.parent;
  const { parent } = node;
  if (parent?.kind === 'CallExpression') return !givesNothing(parent);
  if (parent?.kind === 'ExpressionStatement' || parent?.kind === 'VoidExpression') return false;
  if (parent?.kind === 'VariableDeclaration') return isRead(parent);
  return true;
}

/** A call such as `console.log(…)`. */
export function givesNothing(call: CodeNode): boolean {
  const callee = unwrap(call.get('expression'));
  const object =
    callee?.kind === 'PropertyAccessExpression' ? callee.get('expression')?.type.symbol : undefined;
  return /^(Console|Logger)$/.test(object?.name ?? '') && object?.origin !== 'project';
}

function isRead(declaration: CodeNode): boolean {
  const key = declaration.get('name')?.symbol?.key;
  let found = false;
  let scope: CodeNode | undefined = declaration.parent;
  while (scope && !/^(Block|SourceFile|ModuleBlock)$/.test(scope.kind)) scope = scope.parent;
  scope?.walk((node) => {
    if (node.kind !== 'Identifier' || node.parent === declaration || node.symbol?.key !== key) return;
    if (node.parent?.kind !== 'VoidExpression') found = true;
  });
  return found;
}
