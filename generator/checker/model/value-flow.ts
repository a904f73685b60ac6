import type { CodeNode } from '../adapter/index.js';
import { functionOf, isFunction, unwrap } from './functions.js';

/** What an expression may stand for, once aliases, patterns, parameters and lookups are followed. */
export interface Root {
  readonly kind: 'this' | 'super' | 'variable' | 'local' | 'class';
  /** The name or word itself. */
  readonly node: CodeNode;
  /** Of a variable or class. */
  readonly declaration?: CodeNode;
}

/** The arguments that calls in some code give to the functions in it, by parameter. */
export type Flow = ReadonlyMap<CodeNode, readonly CodeNode[]>;

const MOST_STEPS = 12;
/** Calls that give a part of what they are called on. */
const LOOKUPS = /^(get|at|find|findLast|values|entries|keys|valueOf|bind|deref|shift|pop)$/;
/** Calls that hand each part of what they are called on to a function. */
const VISITS = /^(forEach|map|flatMap|filter|some|every|find|findIndex|findLast|findLastIndex)$/;
/** Calls that hand it a value that is passed on, and each part. */
const FOLDS = /^reduce(Right)?$/;

/** Looks at all calls in functions that belong together. */
export function flowOf(parts: readonly CodeNode[]): Flow {
  const flow = new Map<CodeNode, CodeNode[]>();
  for (const part of parts) {
    for (const { parameter, value } of part.remember('given', () => givenIn(part))) {
      const values = flow.get(parameter);
      if (values) values.push(value);
      else flow.set(parameter, [value]);
    }
  }
  return flow;
}

interface Given {
  readonly parameter: CodeNode;
  readonly value: CodeNode;
}

function givenIn(part: CodeNode): readonly Given[] {
  const found: Given[] = [];
  const give = (parameter: CodeNode | undefined, value: CodeNode | undefined) => {
    if (parameter && value) found.push({ parameter, value });
  };
  part.walk((node) => {
    if (node.kind !== 'CallExpression' && node.kind !== 'NewExpression') return;
    const callee = unwrap(node.get('expression'));
    const given = node.list('arguments');
    for (const fn of calledFunctions(callee)) {
      for (const [index, parameter] of fn.list('parameters').entries()) give(parameter, given[index]);
    }
    if (callee?.kind !== 'PropertyAccessExpression') return;
    const visitor = unwrap(given[0]);
    if (!visitor || !isFunction(visitor)) return;
    const [first, second] = visitor.list('parameters');
    if (VISITS.test(callee.name ?? '')) give(first, callee.get('expression'));
    if (!FOLDS.test(callee.name ?? '')) return;
    give(first, given[1]);
    give(second, callee.get('expression'));
  });
  return found;
}

function calledFunctions(callee: CodeNode | undefined): CodeNode[] {
  if (!callee) return [];
  if (isFunction(callee)) return [callee];
  const declarations = (callee.get('name') ?? callee).symbol?.declarations ?? [];
  return declarations.flatMap((declaration) => {
    const fn = functionOf(declaration);
    return fn ? [fn] : [];
  });
}

/** All that an expression may be, or be a part of; nothing for what is made on the spot. */
export function rootsOf(expression: CodeNode | undefined, flow: Flow): Root[] {
  const found: Root[] = [];
  const seen = new Set<CodeNode>();
  const follow = (written: CodeNode | undefined, steps: number): void => {
    const node = unwrap(written);
    if (!node || seen.has(node) || steps > MOST_STEPS) return;
    seen.add(node);
    const next = (...nodes: readonly (CodeNode | undefined)[]) => {
      for (const each of nodes) follow(each, steps + 1);
    };
    switch (node.kind) {
      case 'ThisKeyword':
        found.push({ kind: 'this', node });
        return;
      case 'SuperKeyword':
        found.push({ kind: 'super', node });
        return;
      case 'Identifier':
        followName(node, node, found, flow, next);
        return;
      case 'PropertyAccessExpression':
      case 'ElementAccessExpression':
        followMember(node, found, flow, next);
        return;
      case 'CallExpression':
        followCall(node, next);
        return;
      case 'ConditionalExpression':
        next(node.get('whenTrue'), node.get('whenFalse'));
        return;
      case 'BinaryExpression':
        if (/^(\?\?|\|\||&&|=|\?\?=|\|\|=)$/.test(node.operator ?? ''))
          next(node.get('left'), node.get('right'));
        return;
      case 'AwaitExpression':
        next(node.get('expression'));
        return;
      default:
    }
  };
  follow(expression, 0);
  return found;
}

type Next = (...nodes: readonly (CodeNode | undefined)[]) => void;

function followName(shown: CodeNode, name: CodeNode, found: Root[], flow: Flow, next: Next): void {
  if (name.text === 'globalThis' || name.text === 'global') {
    found.push({ kind: 'variable', node: shown, declaration: shown });
    return;
  }
  for (const declaration of name.symbol?.declarations ?? []) {
    if (name.symbol?.origin !== 'project') continue;
    if (/^Class(Declaration|Expression)$/.test(declaration.kind)) {
      found.push({ kind: 'class', node: shown, declaration });
    } else if (isModuleVariable(declaration)) {
      found.push({ kind: 'variable', node: shown, declaration });
      next(aliased(declaration));
    } else if (declaration.kind === 'Parameter') {
      next(...(flow.get(declaration) ?? []), declaration.get('initializer'));
    } else {
      if (/^(VariableDeclaration|BindingElement)$/.test(declaration.kind))
        found.push({ kind: 'local', node: shown, declaration });
      next(aliased(declaration));
    }
    if (declaration.kind === 'FunctionDeclaration') found.push({ kind: 'class', node: shown, declaration });
  }
}

/** `all.seen` of `import * as all` is a variable of its own; else a part is of its whole. */
function followMember(node: CodeNode, found: Root[], flow: Flow, next: Next): void {
  const object = unwrap(node.get('expression'));
  const isNamespace =
    object?.kind === 'Identifier' &&
    /^(SourceFile|ModuleDeclaration)$/.test(object.symbol?.declarations[0]?.kind ?? '');
  if (object?.kind === 'ThisKeyword' && node.name === 'constructor') found.push({ kind: 'class', node });
  else if (isNamespace) followName(node, node.get('name') ?? node, found, flow, next);
  else next(object);
}

function followCall(call: CodeNode, next: Next): void {
  const callee = unwrap(call.get('expression'));
  if (callee?.kind === 'PropertyAccessExpression' && LOOKUPS.test(callee.name ?? '') && isOfLibrary(callee))
    next(callee.get('expression'));
  for (const fn of calledFunctions(callee)) next(...returnedBy(fn));
}

function isOfLibrary(callee: CodeNode): boolean {
  return callee.get('name')?.symbol?.origin === 'library';
}

function returnedBy(fn: CodeNode): CodeNode[] {
  const body = fn.get('body');
  if (!body) return [];
  if (body.kind !== 'Block') return [body];
  const values: CodeNode[] = [];
  body.walk((node) => {
    if (isFunction(node)) return 'skip';
    const value = node.kind === 'ReturnStatement' ? node.get('expression') : undefined;
    if (value) values.push(value);
  });
  return values;
}

/** What a local name was set to, or what it was taken out of. */
function aliased(declaration: CodeNode): CodeNode | undefined {
  if (declaration.kind === 'BindingElement') {
    let holder = declaration.parent;
    while (holder && /^(ObjectBindingPattern|ArrayBindingPattern|BindingElement)$/.test(holder.kind))
      holder = holder.parent;
    return holder && givenValue(holder);
  }
  return declaration.kind === 'VariableDeclaration' ? givenValue(declaration) : undefined;
}

function givenValue(declaration: CodeNode): CodeNode | undefined {
  const loop = declaration.parent?.parent;
  return (
    declaration.get('initializer') ?? (loop?.kind === 'ForOfStatement' ? loop.get('expression') : undefined)
  );
}

export function isModuleVariable(declaration: CodeNode): boolean {
  if (!/^(VariableDeclaration|BindingElement)$/.test(declaration.kind)) return false;
  let current = declaration.parent;
  while (current && /^(Variable|ObjectBinding|ArrayBinding|BindingElement)/.test(current.kind))
    current = current.parent;
  return current?.kind === 'SourceFile' || current?.kind === 'ModuleBlock';
}
