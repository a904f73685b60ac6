/** Valid code with one clause broken. */
export interface Mutant {
  /** What was done to it. */
  readonly name: string;
  /** The file that was changed, within its group. */
  readonly path: string;
  readonly text: string;
  /** Where a finding may be: lines of the changed file, or `path:line` of another one of the group. */
  readonly at: readonly (number | string)[];
  /** Which rules may have found it. */
  readonly rules: readonly string[];
}

/** A text by its lines, counted from 1. */
export class Lines {
  readonly #lines: readonly string[];

  constructor(readonly text: string) {
    this.#lines = text.split('\n');
  }

  /** The lines that match, with their numbers. */
  find(pattern: RegExp): { line: number; text: string }[] {
    return this.#lines.flatMap((text, index) => (pattern.test(text) ? [{ line: index + 1, text }] : []));
  }

  first(pattern: RegExp): number {
    return this.find(pattern)[0]?.line ?? 0;
  }

  /** Where the block that begins at a line ends: the next line with a `}` as far in. */
  endOf(line: number): number {
    const indent = /^\s*/.exec(this.#lines[line - 1]!)![0];
    const end = this.#lines.findIndex(
      (text, index) => index >= line && new RegExp(`^${indent}[})]`).test(text),
    );
    return end + 1;
  }

  replace(line: number, change: (text: string) => string): string {
    return this.#lines.map((text, index) => (index + 1 === line ? change(text) : text)).join('\n');
  }

  insertAfter(line: number, added: string): string {
    return [...this.#lines.slice(0, line), added, ...this.#lines.slice(line)].join('\n');
  }

  without(from: number, to = from): string {
    return this.#lines.filter((_, index) => index + 1 < from || index + 1 > to).join('\n');
  }
}
