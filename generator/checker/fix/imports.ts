import { dirname, relative } from 'node:path';
import type { CodeFile, CodeNode } from '../adapter/index.js';
import type { Edit } from '../findings.js';

export interface WantedImport {
  readonly name: string;
  /** A package, or a file of the project. */
  readonly from: string | CodeFile;
  /** A value, not only a type. */
  readonly value?: boolean;
}

/** Imports what a fix uses and the file does not have yet. */
export function addTypeImports(file: CodeFile, wanted: readonly WantedImport[]): Edit[] {
  const statements = file.root
    .list('statements')
    .filter((statement) => statement.kind === 'ImportDeclaration');
  const missing = wanted.filter(({ name, from }) => !isImported(statements, name) && from !== file);
  return missing.map((each) => addTo(file, statements, each));
}

function namedOf(statement: CodeNode): readonly CodeNode[] {
  return statement.get('importClause')?.get('namedBindings')?.list('elements') ?? [];
}

function isImported(statements: readonly CodeNode[], name: string): boolean {
  return statements.some((statement) =>
    namedOf(statement).some((element) => element.get('name')?.text === name),
  );
}

function addTo(file: CodeFile, statements: readonly CodeNode[], { name, from, value }: WantedImport): Edit {
  const specifier = typeof from === 'string' ? from : relativeSpecifier(file, from);
  const same = statements.find(
    (statement) => statement.get('moduleSpecifier')?.name === specifier && namedOf(statement).length > 0,
  );
  const last = same && namedOf(same).at(-1);
  if (same && last) {
    const typeOnly = /^import\s+type\b/.test(same.text);
    if (!(typeOnly && value)) {
      return { file, start: last.end, end: last.end, text: `, ${typeOnly || value ? '' : 'type '}${name}` };
    }
  }
  const at = statements.at(-1)?.end ?? 0;
  const line = `import ${value ? '' : 'type '}{ ${name} } from '${specifier}';`;
  return at === 0
    ? { file, start: 0, end: 0, text: `${line}${file.newline}` }
    : { file, start: at, end: at, text: `${file.newline}${line}` };
}

function relativeSpecifier(file: CodeFile, target: CodeFile): string {
  const source = relative(dirname(file.path), target.path).replaceAll('\\', '/');
  const path = file.importsTypescript ? source : source.replace(/\.([cm]?)tsx?$/, '.$1js');
  return path.startsWith('.') ? path : `./${path}`;
}
