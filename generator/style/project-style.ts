import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from '../project/read-json.js';
import { sourceFolderOf } from '../project/source-folder.js';
import { sourcesAnywhere } from '../project/sources.js';
import { editorSettings } from './editor-config.js';
import { type Formatter, findFormatter } from './formatter.js';
import { importEndingOf } from './import-ending.js';
import { compilesToCommonJs, readCompilerOptions } from './module-kind.js';
import { observedStyle, type TextStyle } from './text-style.js';

/** How a project writes its code, as far as it matters for files that are put into it. */
export interface ProjectStyle {
  readonly language: 'typescript' | 'javascript';
  readonly modules: 'esm' | 'commonjs';
  /** What stands behind the path in an import of a file of the project. */
  readonly importEnding: '.ts' | '.js' | '';
  /** What `src` of the templates is called: another folder where `src` is a link. */
  readonly sourceFolder: string;
  /** Line ends, indentation and quotes of a file. */
  textOf(path: string): TextStyle;
  /** The project's own formatter, which has the last word. */
  readonly formatter: Formatter | undefined;
}

/**
 * Looks at a project's configuration first, and at its code where that says nothing.
 * @param given the language, where it does not depend on what is there
 */
export function styleOf(root: string, given?: ProjectStyle['language']): ProjectStyle {
  const manifest = readJson(join(root, 'package.json'));
  const sources = sourcesAnywhere(root);
  const language = given ?? languageOf(root, manifest, sources);
  const options = language === 'typescript' ? readCompilerOptions(root) : undefined;
  const isModule = manifest.type === 'module' || !existsSync(join(root, 'package.json'));
  const isCommonJs = options ? compilesToCommonJs(options, isModule) : !isModule;
  const observed = observedStyle(root, sources);
  return {
    language,
    modules: isCommonJs ? 'commonjs' : 'esm',
    importEnding:
      language === 'javascript' ? '.js' : importEndingOf(root, sources, options ?? {}, isCommonJs),
    sourceFolder: sourceFolderOf(root),
    textOf: (path) => ({ ...observed, ...editorSettings(root, path) }),
    formatter: findFormatter(root),
  };
}

/** JavaScript only where there is some, and nothing of TypeScript. */
function languageOf(
  root: string,
  manifest: Readonly<Record<string, unknown>>,
  sources: readonly string[],
): ProjectStyle['language'] {
  const hasTypeScript =
    existsSync(join(root, 'tsconfig.json')) ||
    ['dependencies', 'devDependencies'].some((kind) => Object(manifest[kind]).typescript !== undefined) ||
    sources.some((path) => /\.[cm]?tsx?$/.test(path));
  return !hasTypeScript && sources.length > 0 ? 'javascript' : 'typescript';
}
