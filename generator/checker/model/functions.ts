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

/** The functions given and all they use, near and far, constants included, as long as these are within. */
export function reach(starts: readonly CodeNode[], within: (declaration: CodeNode) => boolean): CodeNode[] {
  const found = new Set<CodeNode>(starts);
  for (const start of found) {
    start.walk((node) => {
      if (node.kind !== 'Identifier' && node.kind !== 'PrivateIdentifier') return;
      if (node.parent?.get('name') === node && isDeclaration(node.parent)) return;
      for (const declaration of node.symbol?.declarations ?? []) {
        const target = functionOf(declaration) ?? constantOf(declaration);
        if (target && !contains(start, target) && within(target)) found.add(target);
      }
    });
  }
  return [...found];
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
