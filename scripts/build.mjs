// JavaScript: a step of the build, which `npm ci` runs before anything else is there.
// Builds both packages into their `dist` folders.
// `npm install` in a project that links to a checkout runs this each time, so it does nothing when no source changed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { buildEditorPlugins } from './build-editor-plugins.mjs';
import { buildRuntime } from './build-runtime.mjs';
import { bundle, entries, root } from './bundle.mjs';

const stampFile = join(root, 'dist', '.built-from');

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  // Not `recursive`: newer releases of Node.js follow links to folders there.
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return entry.isFile() ? [path] : [];
  });
}

function sourceHash() {
  const hash = createHash('sha256');
  const configuration = [
    ...['package.json', 'tsconfig.json', 'runtime/package.json', 'runtime/tsconfig.json'],
    ...['eslint-plugin/package.json', 'typescript-plugin/package.json'],
  ];
  const files = [
    ...configuration.map((file) => join(root, file)),
    ...filesBelow(join(root, 'scripts')),
    ...filesBelow(join(root, 'generator')),
    ...filesBelow(join(root, 'runtime', 'src')),
  ].sort();
  for (const file of files)
    hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

async function buildGenerator() {
  const cli = entries('generator', { cli: 'cli/main.ts', plop: 'plop/plopfile.ts' });
  if (Object.keys(cli).length === 0) return;
  const group = {
    entryPoints: cli,
    // Loaded from the project's own dependencies, by `add` and `check` alone.
    external: ['ts-morph', 'esbuild'],
    // node-plop's own questions are never asked here; without them it is light.
    alias: { inquirer: join(root, 'generator/templates/no-inquirer.ts') },
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  };
  await bundle(join(root, 'dist'), [group]);
  packTemplateHistory();
}

/** What every template has ever said travels with the package, for `update`. */
function packTemplateHistory() {
  const history = readFileSync(join(root, 'generator/templates/history.jsonl'));
  const params = { [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS };
  writeFileSync(join(root, 'dist', 'template-history.br'), brotliCompressSync(history, { params }));
}

if (!existsSync(join(root, 'generator')) && !existsSync(join(root, 'runtime', 'src'))) process.exit(0);
const hash = sourceHash();
// Somebody may have removed one of the two folders.
const isBuilt =
  existsSync(stampFile) &&
  ['runtime', 'eslint-plugin'].every((folder) => existsSync(join(root, folder, 'dist', 'index.js')));
if (isBuilt && readFileSync(stampFile, 'utf8') === hash && !process.argv.includes('--force')) process.exit(0);
// What a build that fails leaves behind is of no source.
rmSync(stampFile, { force: true });
await buildGenerator();
await buildEditorPlugins();
// Sources with faults in them have none: see test/mutation.
await buildRuntime({ withTypes: !process.argv.includes('--without-types') });
mkdirSync(dirname(stampFile), { recursive: true });
writeFileSync(stampFile, hash);
