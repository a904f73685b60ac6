import type { Code, CodeFile, CodeNode, CodeSymbol } from '../adapter/index.js';
import { ownMember } from './classes.js';
import type { FileModel } from './file-model.js';
import { unwrap } from './functions.js';
import { identityOf } from './identity.js';
import { testedIn } from './kit-calls.js';
import { boundExpressions } from './listeners.js';

/** What other files have to know of a file, in words that outlive a compilation. Each is found when it is asked for. */
export interface FileFacts {
  readonly isTest: boolean;
  /** What modules declare and this file uses; imports and re-exports do not count. */
  readonly uses: readonly string[];
  readonly workers: readonly { readonly name: string; readonly line: number }[];
  /** Maps that a `static listeners` of a worker names. */
  readonly binds: readonly { readonly map: string; readonly worker: string }[];
  /** `pool.submit(…)` or `pool.work(…)`, where a job is found by the name of its worker. */
  readonly findsByName: boolean;
  /** What calls of `describeQueue` lead to. */
  readonly tests: readonly string[];
  /** Classes and what of the project they derive from. */
  readonly derives: readonly { readonly name: string; readonly bases: readonly string[] }[];
}

export const FACTS: { readonly [K in keyof FileFacts]: (code: Code, model: FileModel) => FileFacts[K] } = {
  isTest: (_, { file }) => file.isTest,
  uses: (code, { file }) => usedIn(code, file),
  workers: (code, { workers, file }) =>
    workers.flatMap(({ name, at }) =>
      name === undefined ? [] : [{ name, line: code.position(file, at.start).line }],
    ),
  binds: (_, { workers }) =>
    workers.flatMap(({ node, name }) => {
      const member = ownMember(node, 'listeners', 'static');
      const maps = member ? boundExpressions(member) : [];
      return maps.flatMap((map) => {
        const identity = identityOf((unwrap(map) ?? map).symbol);
        return identity === undefined || name === undefined ? [] : [{ map: identity, worker: name }];
      });
    }),
  findsByName: (_, { file }) => findsByName(file),
  tests: (_, { file }) => testedIn(file),
  derives: (_, { classes }) =>
    classes.flatMap((each) => {
      const name = identityOf(each.symbol);
      const bases = each.bases.flatMap((base) => identityOf(base.symbol) ?? []);
      return name === undefined || bases.length === 0 ? [] : [{ name, bases }];
    }),
};

function usedIn(code: Code, file: CodeFile): string[] {
  const found = new Set<string>();
  const add = (symbol: CodeSymbol) => {
    const identity = identityOf(symbol);
    if (identity !== undefined) found.add(identity);
  };
  file.root.walk((node) => {
    if (/^(Import|Export)Declaration$/.test(node.kind)) return 'skip';
    if (node.kind !== 'Identifier') return;
    const { symbol } = node;
    if (symbol?.origin !== 'project') return;
    if (isWholeModule(node)) for (const each of exportsOf(code, symbol)) add(each);
    else add(symbol);
  });
  return [...found];
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

function findsByName(file: CodeFile): boolean {
  if (!/\b(submit|work)\b/.test(file.text)) return false;
  let found = false;
  file.root.walk((node) => {
    const callee = node.kind === 'CallExpression' ? unwrap(node.get('expression')) : undefined;
    if (callee?.kind !== 'PropertyAccessExpression' || !/^(submit|work)$/.test(callee.name ?? '')) return;
    if (callee.get('name')?.symbol?.origin === 'runtime') found = true;
  });
  return found;
}
