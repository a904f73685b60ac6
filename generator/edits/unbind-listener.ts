import type { TsMorph } from './load-ts-morph.js';

interface Cut {
  readonly from: number;
  readonly to: number;
}

/**
 * Takes a constant of listeners out of a worker's `static listeners`, and its import; a property that has none left goes,
 * too. Text that does not bind it stays as it is.
 */
export function unbindListener(tsMorph: TsMorph, path: string, text: string, listeners: string): string {
  const mark = text.startsWith('\ufeff') ? 1 : 0;
  const project = new tsMorph.Project({ useInMemoryFileSystem: true, skipLoadingLibFiles: true });
  const body = text.slice(mark);
  const source = project.createSourceFile(path.split('/').at(-1) ?? path, body);
  const cuts: Cut[] = [];
  for (const declaration of source.getImportDeclarations()) {
    const names = declaration.getNamedImports();
    const named = names.find((one) => one.getName() === listeners);
    if (named) cuts.push(names.length === 1 ? wholeLines(body, declaration) : withComma(body, named));
  }
  for (const property of source.getClasses().flatMap((one) => one.getStaticProperties())) {
    if (property.getName() !== 'listeners' || !tsMorph.Node.isPropertyDeclaration(property)) continue;
    const elements =
      property.getInitializer()?.asKind(tsMorph.SyntaxKind.ArrayLiteralExpression)?.getElements() ?? [];
    const element = elements.find((one) => one.getText() === listeners);
    if (element) cuts.push(elements.length === 1 ? wholeLines(body, property) : withComma(body, element));
  }
  const required = new RegExp(`^(?:const|let|var) \\{ ${listeners} \\} = require\\([^\\n]*\\n`, 'm').exec(
    body,
  );
  if (required) cuts.push({ from: required.index, to: required.index + required[0].length });
  const kept = cuts
    .sort((a, b) => b.from - a.from)
    .reduce((cut, { from, to }) => cut.slice(0, from) + cut.slice(to), body);
  return text.slice(0, mark) + kept;
}

interface Ranged {
  getStart(): number;
  getEnd(): number;
}

function wholeLines(text: string, node: Ranged): Cut {
  const from = text.lastIndexOf('\n', node.getStart()) + 1;
  const end = text.indexOf('\n', node.getEnd());
  return { from, to: end < 0 ? text.length : end + 1 };
}

/** With the comma behind it, or before it where it is the last. */
function withComma(text: string, node: Ranged): Cut {
  const behind = /^\s*,\s*/.exec(text.slice(node.getEnd()))?.[0];
  if (behind !== undefined) return { from: node.getStart(), to: node.getEnd() + behind.length };
  const before = /,\s*$/.exec(text.slice(0, node.getStart()))?.[0] ?? '';
  return { from: node.getStart() - before.length, to: node.getEnd() };
}
