import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownPackage } from '../project/own-package.js';
import { renderText, type Variables } from './render.js';

export interface RenderedFile {
  readonly path: string;
  readonly contents: string;
}

const ENDING = '.hbs';

function templatesRoot(): string {
  return join(ownPackage().root, 'templates');
}

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
export function renderFolder(place: string, variables: Variables): RenderedFile[] {
  const root = join(templatesRoot(), place);
  return templatesBelow(root)
    .map((template) => ({
      path: pathOf(template, variables),
      contents: renderText(readFileSync(join(root, template), 'utf8'), variables),
    }))
    .filter((file) => file.contents.trim() !== '');
}

function templatesBelow(root: string, place = ''): string[] {
  return readdirSync(join(root, place), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = place === '' ? entry.name : `${place}/${entry.name}`;
      if (entry.isDirectory()) return templatesBelow(root, path);
      return entry.name.endsWith(ENDING) ? [path] : [];
    });
}

/** `src/queues/__kebab__.queue.ts.hbs` is `src/queues/orders.queue.ts`; `_gitignore.hbs` is `.gitignore`. */
function pathOf(template: string, variables: Variables): string {
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

export function needsOf(place: string): TemplateNeeds {
  const file = join(templatesRoot(), place, 'template.json');
  const needs = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Partial<TemplateNeeds>) : {};
  return { dependencies: needs.dependencies ?? {}, devDependencies: needs.devDependencies ?? {} };
}
