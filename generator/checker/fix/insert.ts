import type { CodeNode } from '../adapter/index.js';
import type { Edit } from '../findings.js';

/** The blanks at the start of the line that holds an offset. */
export function indentAt(text: string, offset: number): string {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(lineStart))![0];
}

/** How a class indents its members: as its first one does, else two blanks more than the class. */
export function memberIndent(node: CodeNode): string {
  const { text } = node.file;
  const first = node.list('members')[0];
  const own = indentAt(text, node.start);
  if (!first || indentAt(text, first.start) === own) return `${own}  `;
  return indentAt(text, first.start);
}

/** Puts a member first in a class, on a line of its own. */
export function memberLine(node: CodeNode, member: string): Edit[] | undefined {
  const brace = openingBrace(node);
  if (brace === undefined) return undefined;
  const { newline, text } = node.file;
  const rest = text.slice(brace + 1, node.end - 1);
  const isEmpty = rest.trim() === '';
  // Statics stand together.
  const blankLine = isEmpty || node.list('members')[0]?.has('static') ? '' : newline;
  const inserted = `${newline}${memberIndent(node)}${member}${blankLine}`;
  if (isEmpty) {
    return [
      {
        file: node.file,
        start: brace + 1,
        end: node.end - 1,
        text: `${inserted}${newline}${indentAt(text, node.start)}`,
      },
    ];
  }
  const sameLine = !/^[ \t]*(\/\/[^\r\n]*|\/\*.*\*\/[ \t]*)?\r?\n/.test(rest);
  const tail = sameLine ? memberIndent(node) : '';
  return [
    {
      file: node.file,
      start: brace + 1,
      end: brace + 1,
      text: sameLine ? `${inserted}${newline}${tail}` : inserted,
    },
  ];
}

/** Puts a member last in a class, after an empty line. */
export function memberAtEnd(node: CodeNode, members: readonly string[]): Edit[] | undefined {
  if (openingBrace(node) === undefined) return undefined;
  const { newline, text } = node.file;
  const indent = memberIndent(node);
  const last = node.list('members').at(-1);
  const before = text.slice(0, node.end - 1);
  const start = before.trimEnd().length;
  const gap = last ? `${newline}${newline}` : newline;
  const body = members
    .map((member) => indent + member.split('\n').join(newline + indent))
    .join(newline + newline);
  return [
    {
      file: node.file,
      start,
      end: node.end - 1,
      text: `${gap}${body}${newline}${indentAt(text, node.start)}`,
    },
  ];
}

function openingBrace(node: CodeNode): number | undefined {
  const { text } = node.file;
  const after = Math.max(
    node.get('name')?.end ?? node.start,
    ...node.list('heritageClauses').map((clause) => clause.end),
    ...node.list('typeParameters').map((parameter) => parameter.end),
    ...node.list('modifiers').map((modifier) => modifier.end),
  );
  const brace = text.indexOf('{', after);
  return brace >= 0 && brace < node.end ? brace : undefined;
}
