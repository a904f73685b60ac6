import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Name, type NamedKind, parseName } from '../answers/names.js';
import { nearest } from '../answers/nearest.js';
import { shown, UsageError } from '../output/failure.js';
import { sourcesOf } from '../project/sources.js';

/** A worker, listener, queue or strategy of a project, with the files that are its own. */
export interface Part {
  readonly kind: NamedKind;
  readonly named: Name;
  /** Sources and tests, below the project. */
  readonly files: readonly string[];
}

export const PART_KINDS: readonly NamedKind[] = ['worker', 'listener', 'queue', 'strategy'];

const FOLDERS: Record<NamedKind, string> = {
  worker: 'workers',
  listener: 'listeners',
  queue: 'queues',
  strategy: 'strategies',
};
const ENDINGS: Record<NamedKind, string> = {
  worker: 'worker',
  listener: 'listeners',
  queue: 'queue',
  strategy: 'strategy',
};
/** What a constant or class of a part is called after its name. */
const SUFFIXES: Record<NamedKind, readonly string[]> = {
  worker: ['', 'Listeners'],
  listener: ['Listeners'],
  queue: ['Queue', 'Engine'],
  strategy: [''],
};

/** @throws UsageError when the project has no such part */
export function findPart(root: string, sourceFolder: string, kind: NamedKind, typed: string): Part {
  const named = parseName(kind, typed);
  const parts = partsOf(root, sourceFolder, kind);
  const found = parts.filter(
    (part) => part.named.name === named.name && (named.folder === '' || part.named.folder === named.folder),
  );
  if (found.length === 1 && found[0]) return found[0];
  const names = parts.map((part) => part.named.folder + part.named.name);
  if (found.length > 1)
    throw new UsageError(
      'ERR_PART',
      `there are several of that name: ${found.map((part) => part.named.folder + part.named.name).join(', ')}; say which, with its folder`,
    );
  const near = nearest(named.name, names);
  throw new UsageError(
    'ERR_PART',
    `${shown(typed)} is no ${kind} of this project; ${near ? `did you mean ${near}?` : `it has ${names.join(', ') || 'none'}`}`,
  );
}

function partsOf(root: string, sourceFolder: string, kind: NamedKind): Part[] {
  const sources = sourcesOf(root);
  const place = `${sourceFolder}/${FOLDERS[kind]}/`;
  const pattern = new RegExp(`^${place}(.*/)?([^/]+)\\.${ENDINGS[kind]}\\.([cm]?[jt]s)$`);
  return sources.flatMap((path) => {
    const [, folder = '', stem = ''] = pattern.exec(path) ?? [];
    const name = stem === '' ? undefined : nameIn(readFileSync(join(root, path), 'utf8'), kind, stem);
    if (name === undefined) return [];
    return [
      {
        kind,
        named: { ...name, kebab: stem, folder },
        files: filesOf(sources, sourceFolder, kind, folder, stem),
      },
    ];
  });
}

/** Its own file, its listeners where it was made with some, and their tests. */
function filesOf(
  sources: readonly string[],
  sourceFolder: string,
  kind: NamedKind,
  folder: string,
  stem: string,
): string[] {
  const kinds: readonly NamedKind[] = kind === 'worker' ? ['worker', 'listener'] : [kind];
  const starts = kinds.map((each) => `${sourceFolder}/${FOLDERS[each]}/${folder}${stem}.${ENDINGS[each]}.`);
  return sources.filter((path) => starts.some((start) => path.startsWith(start)));
}

/** The name by which a file exports its part, as far as it goes with the name of the file. */
function nameIn(text: string, kind: NamedKind, stem: string): Name | undefined {
  const suffix = kind === 'listener' ? 'Listeners' : kind === 'queue' ? 'Queue' : '';
  const exported = [
    ...text.matchAll(/^(?:export\s+)?(?:class|const|(?:async\s+)?function)\s+([\w$]+)/gm),
  ].map(([, name = '']) => name);
  for (const identifier of exported) {
    if (!identifier.endsWith(suffix)) continue;
    const bare = identifier.slice(0, identifier.length - suffix.length);
    try {
      const named = parseName(kind, bare);
      if (named.kebab.replaceAll('-', '') === stem.replaceAll('-', '')) return named;
    } catch {
      // Another constant of the file, of no name that a part may have.
    }
  }
  return undefined;
}

/** Where a file of a part goes under another name. */
export function renamedPath(part: Part, to: Name, path: string): string {
  const place = /^(.*?\/(?:workers|listeners|queues|strategies)\/)/.exec(path)?.[1] ?? '';
  const rest = path.slice((place + part.named.folder + part.named.kebab).length);
  return place + to.folder + to.kebab + rest;
}

/** The identifiers that change with the name, each with what it becomes. */
export function renamedIdentifiers({ kind, named }: Part, to: Name): Map<string, string> {
  const pairs = SUFFIXES[kind].flatMap((suffix): [string, string][] => [
    ...(kind === 'listener' || suffix === 'Listeners'
      ? []
      : [[named.name + suffix, to.name + suffix] as [string, string]]),
    [named.camel + suffix, to.camel + suffix],
  ]);
  return new Map(pairs.filter(([before, after]) => before !== after));
}
