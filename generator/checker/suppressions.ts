import type { Code, CodeFile } from './adapter/index.js';

const MARK = /\/\/\s*mproc-check-ignore\b[ \t]*([^\r\n]*)/g;

export interface Suppression {
  /** The lines it is about: its own, and the next one that is neither empty nor a comment. */
  readonly lines: ReadonlySet<number>;
  readonly rules: readonly string[];
  readonly reason: string;
  readonly start: number;
  readonly end: number;
}

/** The `// mproc-check-ignore <rule>: <reason>` comments of a file; a text that says so is none. */
export function findSuppressions(code: Code, file: CodeFile): Suppression[] {
  if (!file.text.includes('mproc-check-ignore')) return [];
  const lines = file.text.split('\n');
  return [...file.text.matchAll(MARK)]
    .filter((match) => code.commentAt(file, match.index) === 'line')
    .map((match) => {
      const { line } = code.position(file, match.index);
      const [rules = '', ...reason] = match[1]!.split(':');
      return {
        lines: new Set([line, ...linesBelow(lines, line)]),
        rules: rules.split(/[\s,]+/).filter((rule) => rule !== ''),
        reason: reason.join(':').trim(),
        start: match.index,
        end: match.index + match[0].length,
      };
    });
}

/** A comment on a line of its own is about the line below. */
function linesBelow(lines: readonly string[], line: number): number[] {
  if (!/^\s*\/\//.test(lines[line - 1] ?? '')) return [];
  for (let next = line; next < lines.length; next += 1) {
    if (!/^\s*(\/\/.*)?$/.test(lines[next]!)) return [next + 1];
  }
  return [];
}
