import type { CodeNode } from '../adapter/index.js';
import { unwrap } from './functions.js';
import { mutatedBy } from './mutators.js';

/** A place where a value that outlives the function is changed. */
export interface Mutation {
  /** What the change goes through: `total`, `cache`, `this`. */
  readonly root: CodeNode;
  /** The whole that is changed, as `cache.size` or `total`. */
  readonly target: CodeNode;
}

const ASSIGNS = new Set([
  '=',
  '+=',
  '-=',
  '*=',
  '/=',
  '%=',
  '**=',
  '<<=',
  '>>=',
  '>>>=',
  '&=',
  '|=',
  '^=',
  '&&=',
]);
/** `x ??= …` fills what each process has for itself. */
const FILLS = new Set(['??=', '||=']);

const MOST_CALLS = 4;

export function findMutations(
  fn: CodeNode,
  options: { readonly fills: boolean },
  depth = 0,
): readonly Mutation[] {
  return fn.remember(`mutations ${options.fills} ${depth}`, () => mutationsIn(fn, options, depth));
}

function mutationsIn(fn: CodeNode, options: { readonly fills: boolean }, depth: number): Mutation[] {
  const found: Mutation[] = [];
  const add = (target: CodeNode | undefined) => {
    const bare = unwrap(target);
    if (bare) found.push({ root: rootOf(bare) ?? bare, target: bare });
  };
  fn.walk((node) => {
    if (node.kind === 'BinaryExpression') {
      const { operator } = node;
      if (operator !== undefined && isChange(node, operator, options.fills)) {
        for (const target of targetsOf(node.get('left'))) add(target);
      }
    } else if (/^(Prefix|Postfix)UnaryExpression$/.test(node.kind)) {
      if (node.operator === '++' || node.operator === '--') add(node.get('operand'));
    } else if (node.kind === 'DeleteExpression') {
      add(node.get('expression'));
    } else if (/^For(Of|In)Statement$/.test(node.kind)) {
      const target = node.get('initializer');
      if (target?.kind !== 'VariableDeclarationList') for (const each of targetsOf(target)) add(each);
    } else if (node.kind === 'CallExpression') {
      add(mutatedBy(node) ?? changedByOwnMethod(node, options, depth));
    }
  });
  return found;
}

/** `[a, b.c] = …` has several. */
function targetsOf(left: CodeNode | undefined): CodeNode[] {
  if (!left) return [];
  if (left.kind === 'ArrayLiteralExpression')
    return left.list('elements').flatMap((element) => targetsOf(element));
  if (left.kind === 'ObjectLiteralExpression') {
    return left
      .list('properties')
      .flatMap((property) => targetsOf(property.get('initializer') ?? property.get('name')));
  }
  return [left];
}

function isChange(node: CodeNode, operator: string, fills: boolean): boolean {
  if (FILLS.has(operator)) return fills;
  return ASSIGNS.has(operator) && (fills || !isGuardedFill(node));
}

/** `if (client === undefined) client = …` and `client = client ?? …` are `??=` in more words. */
function isGuardedFill(assignment: CodeNode): boolean {
  const target = unwrap(assignment.get('left'));
  const value = unwrap(assignment.get('right'));
  if (assignment.operator !== '=' || target?.kind !== 'Identifier' || target.symbol === undefined)
    return false;
  if (value?.operator === '??' && isSame(value.get('left'), target)) return true;
  let above = assignment.parent;
  while (above && /^(ExpressionStatement|Block|ParenthesizedExpression)$/.test(above.kind))
    above = above.parent;
  const condition = above?.kind === 'IfStatement' ? unwrap(above.get('expression')) : undefined;
  if (condition?.operator === '!') return isSame(condition.get('operand'), target);
  return (
    /^===?$/.test(condition?.operator ?? '') &&
    isSame(condition?.get('left'), target) &&
    /^(undefined|null)$/.test(condition?.get('right')?.text ?? '')
  );
}

function isSame(node: CodeNode | undefined, target: CodeNode): boolean {
  const bare = unwrap(node);
  return bare?.kind === 'Identifier' && bare.symbol?.key === target.symbol?.key;
}

/** `counter.hit()` changes `counter` where the method, written in the project, changes `this`. */
function changedByOwnMethod(
  call: CodeNode,
  options: { readonly fills: boolean },
  depth: number,
): CodeNode | undefined {
  const callee = unwrap(call.get('expression'));
  if (callee?.kind !== 'PropertyAccessExpression' || depth > MOST_CALLS) return undefined;
  const object = unwrap(callee.get('expression'));
  const method = callee.get('name')?.symbol?.declarations.find((node) => node.kind === 'MethodDeclaration');
  if (!method || object?.kind === 'ThisKeyword' || method.symbol?.origin !== 'project') return undefined;
  const changesItself = findMutations(method, options, depth + 1).some(
    ({ root }) => root.kind === 'ThisKeyword',
  );
  return changesItself ? object : undefined;
}

function rootOf(target: CodeNode): CodeNode | undefined {
  let current: CodeNode | undefined = target;
  while (current && (/^(PropertyAccess|ElementAccess)Expression$/.test(current.kind) || isLookup(current))) {
    current = unwrap(current.get('expression'));
  }
  return current?.kind === 'Identifier' || current?.kind === 'ThisKeyword' ? current : undefined;
}

/** `lists.get(key)?.push(1)` changes what is kept in `lists`. */
function isLookup(node: CodeNode): boolean {
  const callee = node.kind === 'CallExpression' ? unwrap(node.get('expression')) : undefined;
  return callee?.kind === 'PropertyAccessExpression' && /^(get|at)$/.test(callee.name ?? '');
}
