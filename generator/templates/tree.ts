import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WorkError } from '../output/failure.js';
import { ownPackage } from '../project/own-package.js';
import { renderText, type Variables } from './render.js';
import { inSubfolder, type RenderedFile } from './subfolder.js';

/** Where templates come from; paths are below `templates`, with `/`. */
export interface TemplateSource {
  /** All templates below a folder, `''` for all there are. */
  below(place: string): string[];
  text(path: string): string;
  /** Whether it is none of this package's. */
  isOwn(path: string): boolean;
}

const ENDING = '.hbs';

function templatesRoot(): string {
  return join(ownPackage().root, 'templates');
}

/** The templates of this package. */
export const presentTemplates: TemplateSource = {
  below: (place) => templatesBelow(templatesRoot(), place),
  text: (path) => readFileSync(join(templatesRoot(), path), 'utf8'),
  isOwn: () => false,
};

/** The names of the folders in a folder of templates, sorted. */
export function templateFolders(place: string): string[] {
  const folder = join(templatesRoot(), place);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** Renders every template below a folder. One that renders to nothing makes no file. */
export function renderFolder(
  place: string,
  variables: Variables,
  source: TemplateSource = presentTemplates,
): RenderedFile[] {
  return source
    .below(place)
    .map((template) =>
      inSubfolder(
        pathOf(template.slice(place.length + 1), variables),
        textOf(template, variables, source),
        variables,
      ),
    )
    .filter((file) => file.contents.trim() !== '');
}

function textOf(template: string, variables: Variables, source: TemplateSource): string {
  try {
    return renderText(source.text(template), variables);
  } catch (error) {
    throw new WorkError('ERR_TEMPLATE', `the template ${template}: ${(error as Error).message}`);
  }
}

/** The templates below a folder, by their path from the root. */
export function templatesBelow(root: string, place: string): string[] {
  if (!existsSync(join(root, place))) return [];
  return readdirSync(join(root, place), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = place === '' ? entry.name : `${place}/${entry.name}`;
      if (entry.isDirectory()) return templatesBelow(root, path);
      return entry.name.endsWith(ENDING) ? [path] : [];
    });
}

/** `src/queues/__kebab__.queue.ts.hbs` is `src/queues/orders.queue.ts`; `_gitignore.hbs` is `.gitignore`. */
export function pathOf(template: string, variables: Variables): string {
  return template
    .slice(0, -ENDING.length)
    .replaceAll('__kebab__', String(variables.kebab ?? ''))
    .split('/')
    .map((part) => part.replace(/^_(?!_)/, '.'))
    .join('/');
}

/** The packages that what a folder of templates makes needs beside the runtime, from its `template.json`. */
export interface TemplateNeeds {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** @param root a project whose own templates count more */
export function needsOf(place: string, root?: string): TemplateNeeds {
  const own = join(root ?? templatesRoot(), '.mproc/templates', place, 'template.json');
  const file = existsSync(own) ? own : join(templatesRoot(), place, 'template.json');
  const needs = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Partial<TemplateNeeds>) : {};
  return { dependencies: needs.dependencies ?? {}, devDependencies: needs.devDependencies ?? {} };
}
