import { posix } from 'node:path';
import { belowSources } from '../project/source-folder.js';
import { inFunction, requiringOwn, toCommonJs, withOwnPath } from './commonjs.js';
import type { ProjectStyle } from './project-style.js';
import { restyle } from './restyle.js';

const RELATIVE = /(\bfrom |\brequire\()(['"])(\.\.?\/[^'"\n]*)\.ts(?=['"])/g;
const FORMATTED = /\.([cm]?[jt]sx?|jsonc?)$/;

export interface StyledFile {
  readonly path: string;
  readonly contents: string;
  /** What the template gave, before it took the style of the project. */
  readonly template: string;
}

/** Gives what templates rendered the style of a project: its language, its kind of modules, its way to write. */
export async function inStyle(
  files: readonly { readonly path: string; readonly contents: string }[],
  style: ProjectStyle,
): Promise<StyledFile[]> {
  const toLanguage = await translatorTo(style.language);
  return files.map(({ path, contents }) => {
    const place = placeOf(path, style);
    const code = /\.ts$/.test(path) ? codeInStyle(path, contents, style, toLanguage) : contents;
    const text = restyle(place, code, style.textOf(place));
    const formatted = FORMATTED.test(place) && style.formatter ? style.formatter.format(place, text) : text;
    return { path: place, contents: formatted, template: contents };
  });
}

/** What takes types out is large, and most projects have types. */
async function translatorTo(language: ProjectStyle['language']): Promise<(text: string) => string> {
  if (language === 'typescript') return (text) => text;
  return (await import('./javascript.js')).toJavaScript;
}

/** Where a file of the templates goes. */
export function placeOf(path: string, style: ProjectStyle): string {
  const place = belowSources(style.sourceFolder, style.modules === 'commonjs' ? asModule(path) : path);
  if (style.language === 'typescript' || !place.startsWith(`${style.sourceFolder}/`)) return place;
  return place.replace(/\.ts$/, isTest(path) && style.modules === 'commonjs' ? '.mjs' : '.js');
}

/** What only ES modules can say is said in files that are such in every package. */
function asModule(path: string): string {
  return path.replace(/^(vitest\.config\.)ts$/, '$1mts').replace(/^(plopfile\.)js$/, '$1mjs');
}

function codeInStyle(
  path: string,
  text: string,
  style: ProjectStyle,
  toLanguage: (text: string) => string,
): string {
  const { language, modules } = style;
  // Vitest runs tests as ES modules, whatever the project is made of.
  const isCommonJs = modules === 'commonjs' && (!isTest(path) || language === 'typescript');
  const adapted = isCommonJs ? withOwnPath(isProgram(path) ? inFunction(text) : text) : text;
  const typed = toLanguage(adapted);
  const asRequired = isTest(path) ? requiringOwn : toCommonJs;
  const required = language === 'javascript' && modules === 'commonjs' ? asRequired(typed) : typed;
  return withEndings(required, style);
}

/** How a file of the project imports another, given with `.ts`. */
export function importOf(path: string, style: ProjectStyle): string {
  return path.replace(/\.ts$/, style.importEnding);
}

function isTest(path: string): boolean {
  return /\.test\.ts$/.test(path);
}

function isProgram(path: string): boolean {
  return posix.basename(path) === 'main.ts';
}

/** Imports of templates end in `.ts`. */
function withEndings(text: string, { language, importEnding }: ProjectStyle): string {
  const imported = text.replace(RELATIVE, `$1$2$3${importEnding}`);
  if (language === 'typescript') return imported;
  return imported.replace(/((?:new URL|require\.resolve)\(['"]\.[^'"\n]*)\.ts(?=['"])/g, '$1.js');
}
