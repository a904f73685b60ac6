import type { CodeNode, CodeSymbol } from '../adapter/index.js';
import { holderOf, isClass } from './classes.js';

const TOP =
  /^(Variable(Declaration|DeclarationList|Statement)|BindingElement|(Object|Array)BindingPattern|ExportAssignment|ExpressionStatement|BinaryExpression|PropertyAccessExpression|PropertyAssignment|ObjectLiteralExpression|(Parenthesized|As|Satisfies)Expression)$/;

/** Names what a module declares at its top level, by its file and name: the same from one compilation to the next. */
export function identityOf(symbol: CodeSymbol | undefined): string | undefined {
  if (symbol?.origin !== 'project') return undefined;
  const [declaration] = symbol.declarations;
  if (!declaration || !isAtTop(declaration)) return undefined;
  const holder = isClass(declaration) ? holderOf(declaration)?.get('name')?.text : undefined;
  return `${declaration.file.path}#${holder ?? symbol.name}`;
}

function isAtTop(declaration: CodeNode): boolean {
  let parent = declaration.parent;
  while (parent && TOP.test(parent.kind)) parent = parent.parent;
  return parent?.kind === 'SourceFile';
}
