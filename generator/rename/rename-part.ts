import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import jsTokens from 'js-tokens';
import type { Name } from '../answers/names.js';
import { loadTsMorph, type TsMorph } from '../edits/load-ts-morph.js';
import { UsageError } from '../output/failure.js';
import { codeFilesOf } from '../project/sources.js';
import { type Moves, withMovedPaths } from './moved-paths.js';
import { type Part, renamedIdentifiers, renamedPath } from './parts.js';

/** A file that changes, by the path that it had. */
export interface RenamedFile {
  readonly from: string;
  readonly to: string;
  readonly before: Buffer;
  readonly text: string;
}

/**
 * Gives a part another name, folder, or both: its files move, and every file of the project follows. Reads, and writes
 * nothing.
 * @param followers files that were made for the part
 * @throws UsageError where a file or an identifier is in the way
 */
export function renamePart(root: string, part: Part, to: Name, followers: readonly string[]): RenamedFile[] {
  const moves: Moves = new Map(
    part.files
      .map((path) => [path, renamedPath(part, to, path)] as const)
      .filter(([from, place]) => from !== place),
  );
  for (const place of moves.values())
    if (existsSync(join(root, place)) && !moves.has(place))
      throw new UsageError('ERR_CONFLICT', `${place} is there already: choose another name`);
  const identifiers = renamedIdentifiers(part, to);
  const paths = codeFilesOf(root);
  const texts =
    identifiers.size > 0 ? withSymbols(loadTsMorph(root), root, paths, part, identifiers) : new Map();
  return paths.flatMap((path) => {
    const before = readFileSync(join(root, path));
    const renamed = texts.get(path) ?? before.toString('utf8');
    const moved = withMovedPaths(root, path, renamed, moves);
    // In its own files, and in those made for it, also what texts and comments say.
    const isOwn = part.files.includes(path) || followers.includes(path);
    const text = isOwn ? withWords(moved, identifiers) : moved;
    const place = moves.get(path) ?? path;
    const isChanged = place !== path || text !== before.toString('utf8');
    return isChanged ? [{ from: path, to: place, before, text }] : [];
  });
}

/** Renames what the part's own files declare, wherever it is used, as an editor does. */
function withSymbols(
  tsMorph: TsMorph,
  root: string,
  paths: readonly string[],
  part: Part,
  identifiers: ReadonlyMap<string, string>,
): Map<string, string> {
  const own = new Set(paths.map((path) => join(root, path)));
  const project = new tsMorph.Project({
    skipLoadingLibFiles: true,
    skipFileDependencyResolution: true,
    // Names of packages stay as they are: reading their types would be nearly all of the time that this takes.
    resolutionHost: (host, options) => ({
      resolveModuleNames: (names, from) =>
        names.map((name) => {
          const { resolvedModule } = tsMorph.ts.resolveModuleName(name, from, options(), host);
          return own.has(resolvedModule?.resolvedFileName ?? '') ? resolvedModule : undefined;
        }),
    }),
    compilerOptions: {
      allowJs: true,
      types: [],
      noEmit: true,
      allowImportingTsExtensions: true,
      module: tsMorph.ModuleKind.ESNext,
      moduleResolution: tsMorph.ModuleResolutionKind.Bundler,
    },
    manipulationSettings: { usePrefixAndSuffixTextForRename: false },
  });
  for (const path of paths)
    project.createSourceFile(join(root, path), readFileSync(join(root, path), 'utf8'), { overwrite: true });
  for (const path of part.files)
    for (const [name, declarations] of project
      .getSourceFileOrThrow(join(root, path))
      .getExportedDeclarations()) {
      const next = identifiers.get(name);
      const declared = declarations[0];
      if (next === undefined || declared === undefined || !tsMorph.Node.isRenameable(declared)) continue;
      declared.rename(next, { renameInComments: false, renameInStrings: false });
    }
  return new Map(
    paths.map((path) => {
      const text = readFileSync(join(root, path), 'utf8');
      const mark = text.startsWith('\ufeff') ? '\ufeff' : '';
      return [
        path,
        mark +
          project
            .getSourceFileOrThrow(join(root, path))
            .getFullText()
            .replace(/^\ufeff/, ''),
      ];
    }),
  );
}

/** Paths are left alone: what moved is renamed in them already, and other files keep their names. */
function withWords(text: string, identifiers: ReadonlyMap<string, string>): string {
  return [...jsTokens(text)]
    .map(({ type, value }) =>
      type === 'StringLiteral' && /^.\.\.?\//.test(value) ? value : renamedIn(value, identifiers),
    )
    .join('');
}

function renamedIn(text: string, identifiers: ReadonlyMap<string, string>): string {
  return [...identifiers].reduce(
    (renamed, [before, after]) => renamed.replace(new RegExp(`(?<![\\w$-])${before}(?![\\w$-])`, 'g'), after),
    text,
  );
}
