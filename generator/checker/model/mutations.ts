import type { CodeNode } from '../adapter/index.js';
import { unwrap } from './functions.js';

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

const MUTATORS = new Map([
  ['Array', new Set(['push', 'pop', 'shift', 'unshift', 'splice', 'sort', 'reverse', 'fill', 'copyWithin'])],
  ['Map', new Set(['set', 'delete', 'clear'])],
  ['Set', new Set(['add', 'delete', 'clear'])],
]);

export function findMutations(fn: CodeNode, options: { readonly fills: boolean }): Mutation[] {
  const found: Mutation[] = [];
  const add = (target: CodeNode | undefined) => {
    const bare = unwrap(target);
    const root = bare && rootOf(bare);
    if (bare && root) found.push({ root, target: bare });
  };
  fn.walk((node) => {
    if (node.kind === 'BinaryExpression') {
      const { operator } = node;
      if (operator !== undefined && (ASSIGNS.has(operator) || (options.fills && FILLS.has(operator)))) {
        for (const target of targetsOf(node.get('left'))) add(target);
      }
    } else if (/^(Prefix|Postfix)UnaryExpression$/.test(node.kind)) {
      if (node.operator === '++' || node.operator === '--') add(node.get('operand'));
    } else if (node.kind === 'DeleteExpression') {
      add(node.get('expression'));
    } else if (node.kind === 'CallExpression') {
      add(mutated(node));
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

/** What a call such as `list.push(1)` or `Object.assign(settings, …)` changes. */
function mutated(call: CodeNode): CodeNode | undefined {
  const callee = unwrap(call.get('expression'));
  if (callee?.kind !== 'PropertyAccessExpression') return undefined;
  const object = callee.get('expression');
  const name = callee.name ?? '';
  if (object?.text === 'Object' && /^(assign|defineProperty|defineProperties)$/.test(name))
    return call.list('arguments')[0];
  const kind = object && collectionOf(object);
  return kind !== undefined && MUTATORS.get(kind)?.has(name) ? object : undefined;
}

function collectionOf({ type }: CodeNode): string | undefined {
  // After `?.` the type may be `undefined` as well.
  const parts = type.shape === 'union' ? type.parts : [type];
  for (const part of parts) {
    if (part.shape === 'array' || part.shape === 'tuple') return 'Array';
    if (part.symbol?.origin === 'library') return part.symbol.name;
  }
  return undefined;
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

/** The variable, class or namespace of a module that a name stands for. */
export function moduleVariable(root: CodeNode): CodeNode | undefined {
  if (root.kind !== 'Identifier') return undefined;
  return root.symbol?.declarations.find(
    (declaration) =>
      /^(VariableDeclaration|BindingElement|ClassDeclaration)$/.test(declaration.kind) &&
      root.symbol?.origin === 'project' &&
      isOfModule(declaration),
  );
}

function isOfModule(declaration: CodeNode): boolean {
  let current = declaration.parent;
  while (current && /^(Variable|ObjectBinding|ArrayBinding|BindingElement)/.test(current.kind))
    current = current.parent;
  return current?.kind === 'SourceFile';
}
