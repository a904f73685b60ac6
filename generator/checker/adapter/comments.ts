import type { ts } from 'ts-morph';
import type { TypeScript } from './load.js';

/** What kind of comment an offset stands in; `undefined` in code, texts and patterns. */
export function commentAt(
  ts: TypeScript,
  source: ts.SourceFile,
  offset: number,
): 'line' | 'block' | undefined {
  const from = gapAround(ts, source, offset);
  if (from === undefined) return undefined;
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, false, source.languageVariant, source.text);
  scanner.resetTokenState(from);
  // Between two nodes there are comments, blanks and punctuation alone, which need no parser.
  while (scanner.getTokenEnd() <= offset) {
    if (scanner.scan() === ts.SyntaxKind.EndOfFileToken) return undefined;
  }
  if (scanner.getToken() === ts.SyntaxKind.SingleLineCommentTrivia) return 'line';
  return scanner.getToken() === ts.SyntaxKind.MultiLineCommentTrivia ? 'block' : undefined;
}

/** Where the gap between nodes begins that holds the offset; `undefined` when a token does. */
function gapAround(ts: TypeScript, source: ts.SourceFile, offset: number): number | undefined {
  let node: ts.Node = source;
  for (;;) {
    let before: number | undefined;
    let inner: ts.Node | undefined;
    let isLeaf = true;
    ts.forEachChild(node, (child) => {
      isLeaf = false;
      if (child.end <= offset) before = Math.max(before ?? 0, child.end);
      else if (child.pos <= offset) inner ??= child;
    });
    if (!inner) return isLeaf && node !== source ? undefined : (before ?? node.getStart(source));
    if (offset < inner.getStart(source)) return inner.pos;
    node = inner;
  }
}
