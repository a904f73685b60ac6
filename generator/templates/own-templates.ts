import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../output/failure.js';
import { presentTemplates, type TemplateSource, templatesBelow } from './tree.js';

/** Where a team keeps templates of its own, in the project. */
export const OWN_TEMPLATES = '.mproc/templates';
/** What a project's own templates have said, so that `update` has a base to merge from. */
export const OWN_HISTORY = '.mproc/template-history.jsonl';

/** Kinds that there are templates for in this package, below `templates`. */
const KNOWN_KINDS = new Set(presentKinds());

function presentKinds(): string[] {
  return ['project', 'worker', 'worker-function', 'worker-from', 'listener', 'queue', 'strategy'];
}

/** A folder of templates of somebody's own, and the place that it takes among all templates. */
export interface OwnFolder {
  /** `''` for templates of every kind, `team` for a project template that is called so. */
  readonly place: string;
  /** Absolute. */
  readonly folder: string;
}

/**
 * The templates of this package, with those of a project laid over them: one of the same path counts in its place, and
 * others are added.
 */
export function templatesFor(root: string, ...more: readonly OwnFolder[]): TemplateSource {
  const folders = [{ place: '', folder: join(root, OWN_TEMPLATES) }, ...more].filter(({ folder }) =>
    existsSync(folder),
  );
  if (folders.length === 0) return presentTemplates;
  const own = new Map(folders.flatMap((each) => filesOf(each)));
  return {
    below: (place) => {
      const added = [...own.keys()].filter((path) => place === '' || path.startsWith(`${place}/`));
      return [...new Set([...presentTemplates.below(place), ...added])].sort();
    },
    text: (path) => {
      const file = own.get(path);
      return file === undefined ? presentTemplates.text(path) : readFileSync(file, 'utf8');
    },
    isOwn: (path) => own.has(path),
  };
}

function filesOf({ place, folder }: OwnFolder): [string, string][] {
  return templatesBelow(folder, '').map((path) => [
    place === '' ? path : `${place}/${path}`,
    join(folder, path),
  ]);
}

/** Kinds that only the project has templates for: `add <kind> <Name>` makes them. */
export function ownKinds(root: string): string[] {
  const folder = join(root, OWN_TEMPLATES);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => statSync(join(folder, name)).isDirectory() && !KNOWN_KINDS.has(name))
    .filter((name) => templatesBelow(folder, name).length > 0)
    .sort();
}

/** Engines that only the project has a template for. */
export function ownEngines(root: string): string[] {
  const folder = join(root, OWN_TEMPLATES, 'queue');
  return existsSync(folder)
    ? readdirSync(folder).filter((name) => statSync(join(folder, name)).isDirectory())
    : [];
}

export interface TemplateSettings {
  readonly about?: string;
  /** The version of this generator that the templates were written for, at least. */
  readonly requires?: string;
}

/** @throws UsageError where the templates of a folder want a later generator, or their `template.json` cannot be read */
export function settingsOfTemplates(folder: string, version: string): TemplateSettings {
  const file = join(folder, 'template.json');
  if (!existsSync(file)) return {};
  let settings: TemplateSettings;
  try {
    settings = Object(JSON.parse(readFileSync(file, 'utf8'))) as TemplateSettings;
  } catch (error) {
    throw new UsageError('ERR_TEMPLATE', `${file} cannot be read as JSON: ${(error as Error).message}`);
  }
  const { requires } = settings;
  if (requires !== undefined && requires.localeCompare(version, 'en', { numeric: true }) > 0)
    throw new UsageError(
      'ERR_TEMPLATE',
      `${file} requires create-mproc-worker ${requires}, and this is ${version}: run npx create-mproc-worker@latest`,
    );
  return settings;
}
