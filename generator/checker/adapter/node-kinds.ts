import type { NodeKind } from './contract.js';
import type { TypeScript } from './load.js';

/** Names of the kinds of nodes. The compiler's own table also holds marks (`FirstAssignment`) that hide some names. */
export function nodeKinds(ts: TypeScript): NodeKind[] {
  const kinds: NodeKind[] = [];
  for (const [name, value] of Object.entries(ts.SyntaxKind)) {
    if (typeof value !== 'number' || /^(First|Last)[A-Z]/.test(name)) continue;
    kinds[value] ??= name;
  }
  return kinds;
}
