import type { CodeNode } from '../adapter/index.js';
import { unwrap } from './functions.js';

const TEXT = /^(StringLiteral|NoSubstitutionTemplateLiteral|TemplateExpression)$/;
const MOST_STEPS = 6;

/** A text that is put together in one place, and the outermost expression that makes it. */
export interface SqlText {
  readonly node: CodeNode;
  readonly text: string;
}

export function isText(node: CodeNode): boolean {
  return TEXT.test(node.kind);
}

/** All texts that some code makes, pieces joined by `+`, `join`, `concat` and `+=` as one each; comments of SQL left out. */
export function textsIn(part: CodeNode): SqlText[] {
  const found: SqlText[] = [];
  const seen = new Set<CodeNode>();
  part.walk((node) => {
    if (seen.has(node)) return 'skip';
    const text = wholeText(node, part);
    if (text === undefined) return undefined;
    found.push({ node: firstPiece(node), text: withoutComments(text) });
    node.walk((inner) => void seen.add(inner));
    return 'skip';
  });
  return found;
}

/** Where a finding is shown: at the first piece that is written out. */
function firstPiece(node: CodeNode): CodeNode {
  let piece: CodeNode | undefined;
  node.walk((inner) => {
    if (isText(inner)) piece ??= inner;
  });
  return piece ?? node;
}

function wholeText(node: CodeNode, within: CodeNode): string | undefined {
  if (node.kind === 'VariableDeclaration') {
    const start = textOf(node.get('initializer'));
    const added = start === undefined ? [] : addedTo(node, within);
    return added.length > 0 ? [start, ...added].join('') : undefined;
  }
  if (isText(node) || isJoined(node)) return textOf(node);
  return undefined;
}

/** What `sql += …` adds to a variable. */
function addedTo(declaration: CodeNode, within: CodeNode): string[] {
  const key = declaration.get('name')?.symbol?.key;
  const added: string[] = [];
  within.walk((node) => {
    if (node.operator !== '+=' || node.get('left')?.symbol?.key !== key) return;
    added.push(textOf(node.get('right')) ?? '?');
  });
  return added;
}

function isJoined(node: CodeNode): boolean {
  if (node.kind === 'BinaryExpression' && node.operator === '+') return textOf(node) !== undefined;
  return node.kind === 'CallExpression' && /^(join|concat)$/.test(node.get('expression')?.name ?? '')
    ? textOf(node) !== undefined
    : false;
}

/** The text of an expression, `?` for what nobody knows before it runs; `undefined` for what is no text. */
export function textOf(written: CodeNode | undefined, steps = 0): string | undefined {
  const node = unwrap(written);
  if (!node || steps > MOST_STEPS) return undefined;
  switch (node.kind) {
    case 'StringLiteral':
    case 'NoSubstitutionTemplateLiteral':
      return node.name ?? '';
    case 'TemplateExpression':
      return node
        .list('templateSpans')
        .reduce(
          (text, span) =>
            `${text}${textOf(span.get('expression'), steps + 1) ?? '?'}${span.get('literal')?.name ?? ''}`,
          node.get('head')?.name ?? '',
        );
    case 'BinaryExpression':
      return node.operator === '+' ? joined([node.get('left'), node.get('right')], '', steps) : undefined;
    case 'CallExpression':
      return calledText(node, steps);
    case 'Identifier':
    case 'PropertyAccessExpression':
      return textOf(valueOfName(node), steps + 1);
    default:
      return undefined;
  }
}

function valueOfName(node: CodeNode): CodeNode | undefined {
  const symbol = (node.kind === 'Identifier' ? node : node.get('name'))?.symbol;
  const declaration = symbol?.declarations[0];
  return /^(VariableDeclaration|PropertyAssignment|PropertyDeclaration)$/.test(declaration?.kind ?? '')
    ? declaration?.get('initializer')
    : undefined;
}

/** `[…].join(' ')`, `'…'.concat(…)`, `'…'.trim()` */
function calledText(call: CodeNode, steps: number): string | undefined {
  const callee = unwrap(call.get('expression'));
  const object = callee?.kind === 'PropertyAccessExpression' ? unwrap(callee.get('expression')) : undefined;
  if (!object) return undefined;
  if (callee?.name === 'concat') return joined([object, ...call.list('arguments')], '', steps);
  if (/^trim(Start|End)?$/.test(callee?.name ?? '')) return textOf(object, steps + 1);
  if (callee?.name !== 'join') return undefined;
  const list = object.kind === 'Identifier' ? unwrap(valueOfName(object)) : object;
  if (list?.kind !== 'ArrayLiteralExpression') return undefined;
  return joined(
    [...list.list('elements'), ...pushedTo(object)],
    textOf(call.list('arguments')[0], steps + 1) ?? ',',
    steps,
  );
}

/** What `parts.push(…)` adds to a list that has a name. */
function pushedTo(list: CodeNode): CodeNode[] {
  const key = list.kind === 'Identifier' ? list.symbol?.key : undefined;
  let scope = key === undefined ? undefined : list.symbol?.declarations[0]?.parent;
  while (scope && !/^(Block|SourceFile)$/.test(scope.kind)) scope = scope.parent;
  const pushed: CodeNode[] = [];
  scope?.walk((node) => {
    const callee = node.kind === 'CallExpression' ? node.get('expression') : undefined;
    if (callee?.name !== 'push' || callee.get('expression')?.symbol?.key !== key) return;
    pushed.push(...node.list('arguments'));
  });
  return pushed;
}

function joined(pieces: readonly (CodeNode | undefined)[], glue: string, steps: number): string | undefined {
  const texts = pieces.map((piece) => textOf(piece, steps + 1));
  return texts.some((text) => text !== undefined) ? texts.map((text) => text ?? '?').join(glue) : undefined;
}

function withoutComments(sql: string): string {
  return sql.replace(/\/\*[\s\S]*?\*\//g, ' ').replace(/--[^\n]*/g, ' ');
}

/** Whether a text changes rows that a condition picks. */
export function changesRows(sql: string): boolean {
  return /\b(DELETE\s+FROM|UPDATE\s+\S+[\s\S]*?\bSET)\b/i.test(sql) && /\bWHERE\b/i.test(sql);
}
