import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import detectIndent from 'detect-indent';

/** What a file is written with, apart from what it says. */
export interface TextStyle {
  readonly eol: '\n' | '\r\n';
  /** Whether a byte order mark comes first. */
  readonly mark: boolean;
  /** One level: a tab, or spaces. */
  readonly indentation: string;
  readonly quote: "'" | '"';
  readonly lastLineEnds: boolean;
}

/** As the templates are written. */
export const TEMPLATE_STYLE: TextStyle = {
  eol: '\n',
  mark: false,
  indentation: '  ',
  quote: "'",
  lastLineEnds: true,
};

const ENOUGH_FILES = 50;

/** What most files of a project have. */
export function observedStyle(root: string, sources: readonly string[]): TextStyle {
  const texts = sources
    .slice(0, ENOUGH_FILES)
    .map((path) => readFileSync(join(root, path), 'utf8'))
    .filter((text) => text.trim() !== '');
  return {
    eol: most(texts.flatMap(eolOf)) ?? TEMPLATE_STYLE.eol,
    mark: most(texts.map((text) => text.startsWith('\ufeff'))) ?? TEMPLATE_STYLE.mark,
    indentation: most(texts.flatMap(indentationOf)) ?? TEMPLATE_STYLE.indentation,
    quote: most(texts.flatMap(quotesOf)) ?? TEMPLATE_STYLE.quote,
    lastLineEnds: most(texts.map((text) => text.endsWith('\n'))) ?? TEMPLATE_STYLE.lastLineEnds,
  };
}

function eolOf(text: string): TextStyle['eol'][] {
  if (!text.includes('\n')) return [];
  return [text.includes('\r\n') ? '\r\n' : '\n'];
}

function indentationOf(text: string): string[] {
  const { indent } = detectIndent(text);
  return indent === '' ? [] : [indent];
}

/** Those of imports: in other places people take whichever needs no escape. */
function quotesOf(text: string): TextStyle['quote'][] {
  return [...text.matchAll(/(?:\bfrom\s*|\bimport\s*|\brequire\()(['"])/g)].map(
    ([, quote]) => quote as TextStyle['quote'],
  );
}

function most<T>(values: readonly T[]): T | undefined {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}
