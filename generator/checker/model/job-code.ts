import type { CodeNode } from '../adapter/index.js';
import { reach } from './functions.js';

/** The code that runs as part of jobs: a file with a part whole, and what it calls in the rest of the project. */
export function jobCodeOf(root: CodeNode): readonly CodeNode[] {
  return reach([root], ({ file }) => file.isOwn && !file.isTest);
}

/**
 * What a look at each node of some code finds, each node once.
 * @param what names the look: what it finds in a function is kept for whoever calls that function, too
 */
export function findIn<T extends { readonly at: CodeNode }>(
  parts: readonly CodeNode[],
  what: string,
  look: (node: CodeNode) => T | undefined,
): T[] {
  const found = new Map<CodeNode, T>();
  for (const part of parts) {
    const inPart = part.remember(what, () => {
      const all: T[] = [];
      part.walk((node) => {
        const one = look(node);
        if (one !== undefined) all.push(one);
      });
      return all;
    });
    for (const one of inPart) if (!found.has(one.at)) found.set(one.at, one);
  }
  return [...found.values()];
}
