import type { CodeFile, CodeNode } from '../adapter/index.js';
import { reach } from './functions.js';

/** The code that runs as part of a job: some files whole, and what they call in the rest of the project. */
export class JobCode {
  readonly #files: ReadonlySet<CodeFile>;
  readonly #beyond: readonly CodeNode[];

  constructor(files: Iterable<CodeFile>, own: ReadonlySet<CodeFile>) {
    this.#files = new Set(files);
    const functions = reach(
      [...this.#files].map((file) => file.root),
      (declaration) => own.has(declaration.file) && !declaration.file.isTest,
    );
    this.#beyond = functions.filter((node) => !this.#files.has(node.file));
  }

  /** Visits every node once. */
  walk(visit: (node: CodeNode) => void): void {
    const seen = new Set<CodeNode>();
    for (const root of [...[...this.#files].map((file) => file.root), ...this.#beyond]) {
      root.walk((node) => {
        if (seen.has(node)) return 'skip';
        seen.add(node);
        visit(node);
      });
    }
  }
}
