// JavaScript: a step of the build, which `npm ci` runs before anything else is there.
// Builds the two plugins that bring the rules of `check` into editors, each with the rules inside.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle, root } from './bundle.mjs';

const SOURCES = 'generator/checker';

/** ESLint's own types are named, so that `eslint.config.ts` is checked; they need not be there to build. */
const ESLINT_TYPES = `import type { ESLint, Linter } from 'eslint';

declare const plugin: ESLint.Plugin & { readonly configs: { readonly recommended: Linter.Config } };
export default plugin;
export { plugin as 'module.exports' };
`;
const TYPESCRIPT_TYPES = `import type ts = require('typescript/lib/tsserverlibrary');

declare const init: ts.server.PluginModuleFactory;
export = init;
`;

export async function buildEditorPlugins() {
  const { version } = JSON.parse(readFileSync(join(root, 'eslint-plugin/package.json'), 'utf8'));
  await bundle(folderOf('eslint-plugin'), [
    {
      entryPoints: { index: join(root, SOURCES, 'eslint/eslint-plugin.ts') },
      external: ['ts-morph'],
      splitting: false,
      define: { PLUGIN_VERSION: JSON.stringify(version) },
    },
  ]);
  writeFileSync(join(folderOf('eslint-plugin'), 'index.d.ts'), ESLINT_TYPES);
  // The language service loads it by `require`, and calls what it gets.
  await bundle(folderOf('typescript-plugin'), [
    {
      entryPoints: { index: join(root, SOURCES, 'language-service/typescript-plugin.ts') },
      format: 'cjs',
      outExtension: { '.js': '.cjs' },
      footer: { js: 'module.exports = module.exports.default;' },
    },
  ]);
  writeFileSync(join(folderOf('typescript-plugin'), 'index.d.cts'), TYPESCRIPT_TYPES);
}

function folderOf(name) {
  const folder = join(root, name, 'dist');
  mkdirSync(folder, { recursive: true });
  return folder;
}
