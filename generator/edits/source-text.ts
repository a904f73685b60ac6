import type { Project, SourceFile } from 'ts-morph';
import type { TsMorph } from './load-ts-morph.js';

/** Opens a text as ts-morph sees it, set to write as the text is written: its line ends, indentation and quotes. */
export function openText(tsMorph: TsMorph, text: string, path = 'edited.ts'): SourceFile {
  const project: Project = new tsMorph.Project({
    useInMemoryFileSystem: true,
    skipLoadingLibFiles: true,
    manipulationSettings: {
      newLineKind: text.includes('\r\n')
        ? tsMorph.NewLineKind.CarriageReturnLineFeed
        : tsMorph.NewLineKind.LineFeed,
      quoteKind: quoteOf(text) === '"' ? tsMorph.QuoteKind.Double : tsMorph.QuoteKind.Single,
      indentationText: indentationOf(tsMorph, text),
    },
  });
  return project.createSourceFile(path, text);
}

function quoteOf(text: string): string {
  return /^import [^'"]*(['"])/m.exec(text)?.[1] ?? "'";
}

function indentationOf(tsMorph: TsMorph, text: string) {
  const indentation = /^(\t| {2,8})\S/m.exec(text)?.[1];
  if (indentation === '\t') return tsMorph.IndentationText.Tab;
  return indentation === '    ' ? tsMorph.IndentationText.FourSpaces : tsMorph.IndentationText.TwoSpaces;
}
