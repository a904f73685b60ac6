import type { Code, CodeFile, CodeNode, CodeSymbol } from '../adapter/index.js';

/** The files that use a symbol, imports and re-exports not counted. */
export interface Uses {
  of(symbol: CodeSymbol | undefined): ReadonlySet<CodeFile>;
}

const NONE: ReadonlySet<CodeFile> = new Set();

export function findUses(code: Code): Uses {
  let table: Map<object, Set<CodeFile>> | undefined;
  return {
    of(symbol) {
      table ??= collect(code);
      return (symbol && table.get(symbol.key)) ?? NONE;
    },
  };
}

function collect(code: Code): Map<object, Set<CodeFile>> {
  const table = new Map<object, Set<CodeFile>>();
  for (const file of code.files) {
    file.root.walk((node) => {
      if (/^(Import|Export)Declaration$/.test(node.kind)) return 'skip';
      if (node.kind !== 'Identifier') return;
      const symbol = node.symbol;
      if (symbol?.origin !== 'project') return;
      for (const used of isWholeModule(node) ? exportsOf(code, symbol) : [symbol]) add(table, used, file);
    });
  }
  return table;
}

function add(table: Map<object, Set<CodeFile>>, symbol: CodeSymbol, file: CodeFile): void {
  const files = table.get(symbol.key);
  if (files) files.add(file);
  else table.set(symbol.key, new Set([file]));
}

/** `Object.values(all)` after `import * as all from …` uses everything; `all.one` is counted by its name. */
function isWholeModule(node: CodeNode): boolean {
  const isModule = node.symbol?.declarations[0]?.kind === 'SourceFile';
  return isModule && node.parent?.kind !== 'PropertyAccessExpression';
}

function exportsOf(code: Code, symbol: CodeSymbol): CodeSymbol[] {
  const file = symbol.declarations[0]?.file;
  return file ? [...code.exportsOf(file).values()] : [];
}
