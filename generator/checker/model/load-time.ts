import type { CodeNode } from '../adapter/index.js';
import { functionOf, isFunction, unwrap } from './functions.js';

/** Calls of the language that keep a function for later, or for somebody else. */
const KEEPS =
  /^(bind|setTimeout|setInterval|setImmediate|queueMicrotask|nextTick|on|once|addListener|addEventListener|Proxy|FinalizationRegistry|promisify|register)$/;

/**
 * Visits what runs when a module is loaded, from an expression or statement on: functions that are called at once, what is
 * given to `map` and the like, static members of classes, and functions of the same file that are called.
 */
export function walkLoadTime(start: CodeNode, visit: (node: CodeNode) => void): void {
  const seen = new Set<CodeNode>();
  const run = (part: CodeNode | undefined): void => {
    if (!part || seen.has(part)) return;
    seen.add(part);
    part.walk((node) => {
      if (node !== part && isFunction(node)) return 'skip';
      if (isClass(node)) {
        for (const member of loadedMembers(node)) run(member);
        return 'skip';
      }
      visit(node);
      if (node.kind === 'CallExpression' || node.kind === 'NewExpression') {
        for (const fn of runBy(node))
          run(fn.kind === 'PropertyDeclaration' ? fn.get('initializer') : (fn.get('body') ?? fn));
      }
      return undefined;
    });
  };
  const first = unwrap(start);
  if (first && !isFunction(first)) run(start);
}

function isClass(node: CodeNode): boolean {
  return node.kind === 'ClassDeclaration' || node.kind === 'ClassExpression';
}

/** What of a class runs when it is declared. */
function loadedMembers(node: CodeNode): CodeNode[] {
  return node.list('members').flatMap((member) => {
    if (member.kind === 'ClassStaticBlockDeclaration') return [member.get('body') ?? member];
    const value =
      member.kind === 'PropertyDeclaration' && member.has('static') ? member.get('initializer') : undefined;
    return value && !functionOf(member) ? [value] : [];
  });
}

/** The functions whose code a call runs now. */
function runBy(call: CodeNode): CodeNode[] {
  const callee = unwrap(call.get('expression'));
  if (!callee) return [];
  if (isFunction(callee)) return [callee];
  const symbol = (callee.get('name') ?? callee).symbol;
  if (symbol?.origin === 'library') {
    if (KEEPS.test(symbol.name)) return [];
    return call.list('arguments').flatMap((given) => {
      const fn = unwrap(given);
      if (fn && isFunction(fn)) return [fn];
      const named =
        fn?.kind === 'Identifier' && fn.symbol?.origin === 'project' ? fn.symbol.declarations : [];
      return named.flatMap((declaration) => functionOf(declaration) ?? []);
    });
  }
  if (symbol?.origin !== 'project') return [];
  const declarations = symbol.declarations.filter((declaration) => !declaration.file.isTest);
  if (call.kind === 'NewExpression') return declarations.filter(isClass).flatMap(madeBy);
  return declarations.flatMap((declaration) => functionOf(declaration) ?? []);
}

/** The constructor and initializers of a class. */
function madeBy(node: CodeNode): CodeNode[] {
  return node.list('members').filter((member) => {
    if (member.kind === 'Constructor') return member.get('body') !== undefined;
    return (
      member.kind === 'PropertyDeclaration' &&
      !member.has('static') &&
      member.get('initializer') !== undefined &&
      !functionOf(member)
    );
  });
}
