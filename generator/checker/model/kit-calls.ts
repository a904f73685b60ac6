import type { CodeFile, CodeNode } from '../adapter/index.js';
import { functionOf, reach, unwrap } from './functions.js';
import { identityOf } from './identity.js';

/** All that is named by what the calls of the kit in a file are given, near and far. */
export function testedIn(file: CodeFile): string[] {
  const found = new Set<string>();
  if (!file.text.includes('describeQueue')) return [];
  for (const call of kitCalls(file)) {
    const starts = isOpen(call) ? [file.root] : [call];
    for (const part of reach(starts, (declaration) => declaration.file.isOwn)) collect(part, found);
  }
  return [...found];
}

function collect(part: CodeNode, found: Set<string>): void {
  part.walk((node) => {
    if (node.kind === 'ImportDeclaration') return 'skip';
    const identity = node.kind === 'Identifier' ? identityOf(node.symbol) : undefined;
    if (identity !== undefined) found.add(identity);
    return undefined;
  });
}

function kitCalls(file: CodeFile): CodeNode[] {
  const calls: CodeNode[] = [];
  file.root.walk((node) => {
    const callee = node.kind === 'CallExpression' ? unwrap(node.get('expression')) : undefined;
    const symbol = (callee?.get('name') ?? callee)?.symbol;
    if (symbol?.name === 'describeQueue' && symbol.origin === 'runtime') calls.push(node);
  });
  return calls;
}

/** Whether a call is given what its place gets from elsewhere: a parameter, or the name of a loop. */
function isOpen(call: CodeNode): boolean {
  let found = false;
  for (const given of call.list('arguments')) {
    given.walk((node) => {
      const declaration = node.kind === 'Identifier' ? node.symbol?.declarations[0] : undefined;
      if (!declaration || !/^(Parameter|BindingElement|VariableDeclaration)$/.test(declaration.kind)) return;
      const isInside =
        declaration.file === call.file && declaration.start >= call.start && declaration.end <= call.end;
      if (!isInside && !functionOf(declaration) && !declaration.get('initializer')) found = true;
    });
  }
  return found;
}
