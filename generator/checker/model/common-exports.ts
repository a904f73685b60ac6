import type { CodeFile, CodeNode } from '../adapter/index.js';
import { unwrap } from './functions.js';

/** What a module of CommonJS exports; the whole of it is called `default`, as `import` does. */
export interface CommonExport {
  readonly name: string;
  readonly value: CodeNode;
}

const TARGET = /^(?:module\.)?exports(?:\.([\w$]+))?$/;

/** `module.exports = { A }`, `exports.A = A`, `export = A` */
export function commonExports(file: CodeFile): CommonExport[] {
  if (!/\bexports\b|\bexport\s*=/.test(file.text)) return [];
  return file.root.list('statements').flatMap((statement) => {
    if (statement.kind === 'ExportAssignment' && /^export\s*=/.test(statement.text))
      return exportsOf(undefined, statement.get('expression'));
    const expression =
      statement.kind === 'ExpressionStatement' ? unwrap(statement.get('expression')) : undefined;
    if (expression && isExportsCall(expression))
      return expression
        .list('arguments')
        .slice(1)
        .flatMap((given) => exportsOf(undefined, given));
    const assignment = statement.kind === 'ExpressionStatement' ? statement.get('expression') : undefined;
    if (!assignment || !isExportsAssignment(assignment)) return [];
    return exportsOf(TARGET.exec(assignment.get('left')!.text)?.[1], assignment.get('right'));
  });
}

/** `Object.assign(module.exports, { A })` */
export function isExportsCall(node: CodeNode): boolean {
  return (
    node.kind === 'CallExpression' &&
    node.get('expression')?.text === 'Object.assign' &&
    /^(module\.)?exports$/.test(node.list('arguments')[0]?.text ?? '')
  );
}

export function isExportsAssignment(node: CodeNode): boolean {
  return (
    node.kind === 'BinaryExpression' && node.operator === '=' && TARGET.test(node.get('left')?.text ?? '')
  );
}

function exportsOf(name: string | undefined, written: CodeNode | undefined): CommonExport[] {
  const value = unwrap(written);
  if (!value) return [];
  // `exports = module.exports = …`
  if (isExportsAssignment(value)) return exportsOf(name, value.get('right'));
  if (name !== undefined) return [{ name, value }];
  if (value.kind !== 'ObjectLiteralExpression') return [{ name: 'default', value }];
  return value.list('properties').flatMap((property) => {
    const key = property.get('name');
    const given = property.get('initializer') ?? key;
    return key && given ? [{ name: key.text, value: given }] : [];
  });
}
