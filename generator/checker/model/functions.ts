import type { CodeNode } from '../adapter/index.js';

const FUNCTION =
  /^(MethodDeclaration|FunctionDeclaration|FunctionExpression|ArrowFunction|Constructor|GetAccessor|SetAccessor)$/;

export function isFunction(node: CodeNode): boolean {
  return FUNCTION.test(node.kind);
}

/** The function a declaration stands for: itself, or what a variable or field is set to. */
export function functionOf(declaration: CodeNode): CodeNode | undefined {
  if (isFunction(declaration)) return declaration.get('body') ? declaration : undefined;
  if (!/^(VariableDeclaration|PropertyDeclaration|PropertyAssignment)$/.test(declaration.kind))
    return undefined;
  const value = unwrap(declaration.get('initializer'));
  return value && isFunction(value) ? value : undefined;
}

/** The functions given and all they use, near and far, and constants unless they are left out, as long as these are within. */
export function reach(
  starts: readonly CodeNode[],
  within: (declaration: CodeNode) => boolean,
  { constants = true } = {},
): CodeNode[] {
  const found = new Set<CodeNode>(starts);
  for (const start of found) {
    const { functions, all } = usedBy(start);
    for (const target of constants ? all : functions) if (within(target)) found.add(target);
  }
  return [...found];
}

/** The functions, and constants, that some code uses and that stand elsewhere. */
function usedBy(start: CodeNode): {
  readonly functions: ReadonlySet<CodeNode>;
  readonly all: ReadonlySet<CodeNode>;
} {
  return start.remember('used', () => {
    const functions = new Set<CodeNode>();
    const all = new Set<CodeNode>();
    start.walk((node) => {
      if (node.kind !== 'Identifier' && node.kind !== 'PrivateIdentifier') return;
      if (node.parent?.get('name') === node && isDeclaration(node.parent)) return;
      for (const declaration of node.symbol?.declarations ?? []) {
        for (const made of madeFunctions(declaration)) if (!contains(start, made)) functions.add(made);
        const fn = functionOf(declaration);
        const target = fn ?? constantOf(declaration);
        if (!target || contains(start, target)) continue;
        if (fn) functions.add(fn);
        all.add(target);
      }
    });
    for (const fn of functions) all.add(fn);
    return { functions, all };
  });
}

/** What a call made of a constant: `const nextId = counter()`, where `counter` returns a function. */
function madeFunctions(declaration: CodeNode): readonly CodeNode[] {
  const call = unwrap(constantOf(declaration));
  if (call?.kind !== 'CallExpression') return [];
  const callee = unwrap(call.get('expression'));
  const declared = (callee?.get('name') ?? callee)?.symbol;
  if (declared?.origin !== 'project') return [];
  return declared.declarations.flatMap((each) => {
    const maker = functionOf(each);
    return maker ? returnedFunctions(maker) : [];
  });
}

function returnedFunctions(maker: CodeNode): CodeNode[] {
  const body = unwrap(maker.get('body'));
  if (body && isFunction(body)) return [body];
  const found: CodeNode[] = [];
  body?.walk((node) => {
    if (isFunction(node)) return 'skip';
    const value = node.kind === 'ReturnStatement' ? unwrap(node.get('expression')) : undefined;
    if (value && isFunction(value)) found.push(value);
    else if (value?.kind === 'Identifier')
      for (const declaration of value.symbol?.declarations ?? []) {
        const fn = functionOf(declaration);
        if (fn) found.push(fn);
      }
    return undefined;
  });
  return found;
}

function constantOf(declaration: CodeNode): CodeNode | undefined {
  const isConstant =
    declaration.kind === 'VariableDeclaration' && /^const\b/.test(declaration.parent?.text ?? '');
  return isConstant ? declaration.get('initializer') : undefined;
}

function isDeclaration(node: CodeNode): boolean {
  return !/^(PropertyAccessExpression|MetaProperty|ShorthandPropertyAssignment)$/.test(node.kind);
}

export function contains(outer: CodeNode, inner: CodeNode): boolean {
  return outer.file === inner.file && outer.start <= inner.start && outer.end >= inner.end;
}

/** An expression without brackets, casts and `!`. */
export function unwrap(node: CodeNode | undefined): CodeNode | undefined {
  let current = node;
  while (
    current &&
    /^(ParenthesizedExpression|AsExpression|SatisfiesExpression|NonNullExpression|TypeAssertionExpression)$/.test(
      current.kind,
    )
  ) {
    current = current.get('expression');
  }
  return current;
}

/** The function a node stands in, without the node itself. */
export function enclosingFunction(node: CodeNode): CodeNode | undefined {
  let current = node.parent;
  while (current && !isFunction(current)) current = current.parent;
  return current;
}
