import type { CodeNode } from '../adapter/index.js';

const TEXT = /^(StringLiteral|NoSubstitutionTemplateLiteral|TemplateExpression)$/;

export function isText(node: CodeNode): boolean {
  return TEXT.test(node.kind);
}

/** A text with the constants in it written out, as far as the project knows them. */
export function expandedText(node: CodeNode, depth = 0): string {
  const bare = node.text.slice(1, -1);
  if (node.kind !== 'TemplateExpression' || depth > 3) return bare;
  let text = bare;
  for (const span of node.list('templateSpans')) {
    const inserted = span.get('expression');
    const value = inserted?.symbol?.declarations[0]?.get('initializer');
    if (inserted && value && isText(value))
      text = text.replaceAll(`\${${inserted.text}}`, expandedText(value, depth + 1));
  }
  return text;
}

/** Whether a text changes rows that a condition picks. */
export function changesRows(sql: string): boolean {
  return /\b(DELETE\s+FROM|UPDATE\s+\S+[\s\S]*?\bSET)\b/i.test(sql) && /\bWHERE\b/i.test(sql);
}
