import { fileURLToPath } from 'node:url';
import { type ExportedDeclarations, type InterfaceDeclaration, Node, Project } from 'ts-morph';

/** What a user can import, by its name. */
export type Entry = ReadonlyMap<string, ExportedDeclarations>;

export interface PublicEntries {
  readonly 'mproc-worker': Entry;
  readonly 'mproc-worker/otel': Entry;
  readonly 'mproc-worker/testing': Entry;
}

/** Reads the sources of the runtime. TypeScript 7 has no API for that, so it is the compiler within ts-morph. */
export function publicEntries(): PublicEntries {
  const runtime = fileURLToPath(new URL('../../runtime/', import.meta.url));
  const project = new Project({
    tsConfigFilePath: `${runtime}tsconfig.json`,
    skipAddingFilesFromTsConfig: true,
  });
  const entryOf = (file: string): Entry =>
    new Map(
      [...project.addSourceFileAtPath(`${runtime}src/${file}`).getExportedDeclarations()].map(
        ([name, [declaration]]) => [name, declaration!],
      ),
    );
  return {
    'mproc-worker': entryOf('index.ts'),
    'mproc-worker/otel': entryOf('otel/index.ts'),
    'mproc-worker/testing': entryOf('testing/index.ts'),
  };
}

/** @throws Error if there is no such interface, as when it was renamed */
export function interfaceOf(entries: PublicEntries, name: string): InterfaceDeclaration {
  const found = Object.values(entries)
    .map((entry: Entry) => entry.get(name))
    .find((declaration) => declaration !== undefined);
  if (Node.isInterfaceDeclaration(found)) return found;
  throw new Error(`no interface ${name} is exported`);
}
