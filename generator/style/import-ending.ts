import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CompilerOptions } from './module-kind.js';

const RELATIVE = /\bfrom\s+['"]\.\.?\/[^'"\n]*?(\.[cm]?[jt]s)?['"]/g;
const ENOUGH_FILES = 50;

/** What the project writes behind the path of its own files: what its compiler asks for, else what most imports have. */
export function importEndingOf(
  root: string,
  sources: readonly string[],
  options: CompilerOptions,
  isCommonJs: boolean,
): '.ts' | '.js' | '' {
  const isConfigured = Object.keys(options).length > 0;
  if (!isConfigured || options.rewriteRelativeImportExtensions || options.allowImportingTsExtensions)
    return '.ts';
  const needsEnding = /^node(16|18|20|next)$/i.test(options.module ?? '') && !isCommonJs;
  if (needsEnding) return '.js';
  const counts = { '.js': 0, '': 0 };
  for (const path of sources.slice(0, ENOUGH_FILES))
    for (const [, ending] of readFileSync(join(root, path), 'utf8').matchAll(RELATIVE))
      counts[ending === undefined ? '' : '.js'] += 1;
  if (counts['.js'] + counts[''] > 0) return counts['.js'] >= counts[''] ? '.js' : '';
  return isCommonJs || /bundler/i.test(options.moduleResolution ?? '') ? '' : '.js';
}
