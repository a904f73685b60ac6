// Builds both packages into their `dist` folders.
// `npm install` in a project that links to a checkout runs this each time, so it does nothing when no source changed.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const stampFile = join(root, 'dist', '.built-from');

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

function sourceHash() {
  const hash = createHash('sha256');
  const configuration = ['package.json', 'tsconfig.json', 'runtime/package.json', 'runtime/tsconfig.json'];
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

const requireFromRoot = createRequire(join(root, 'package.json'));

function typescriptBin() {
  const manifest = requireFromRoot.resolve('typescript/package.json');
  return join(dirname(manifest), JSON.parse(readFileSync(manifest, 'utf8')).bin.tsc);
}

/** Bundles into a folder what belongs together, each group by itself. */
async function bundle(outdir, groups) {
  const metafiles = [];
  for (const group of groups) metafiles.push(await bundleGroup({ outdir, ...group }));
  const all = (kind) => metafiles.flatMap((metafile) => Object.keys(metafile[kind]));
  removeStale(outdir, all('outputs'));
  writeNotices(outdir, all('inputs'));
}

async function bundleGroup(options) {
  const { build } = requireFromRoot('esbuild');
  const { metafile } = await build({
    absWorkingDir: root,
    metafile: true,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    splitting: true,
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'warning',
    ...options,
  });
  return metafile;
}

/**
 * Node's own modules by `require`: to import one makes a module of it with all that it exports, getters and what they load
 * included, and each process of a pool would wait for that. What compiles TypeScript is loaded apart, and shares nothing.
 */
const nodeByRequire = {
  name: 'node-by-require',
  setup(build) {
    build.onResolve({ filter: /^node:/ }, ({ path, importer }) =>
      path === 'node:module' || importer.includes('/typescript/')
        ? { path, external: true }
        : { path, namespace: 'node' },
    );
    build.onLoad({ filter: /./, namespace: 'node' }, ({ path }) => ({
      contents: [
        "import { createRequire } from 'node:module';",
        `const own = /* @__PURE__ */ createRequire(import.meta.url)('${path}');`,
        'const pick = (name) => own[name];',
        ...Object.keys(requireFromRoot(path)).map(
          (name) => `export const ${name} = /* @__PURE__ */ pick('${name}');`,
        ),
      ].join('\n'),
    }));
  },
};

/** The licences of what was bundled go where the bundle goes. */
function writeNotices(folder, inputs) {
  const packages = new Set(
    inputs.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []),
  );
  const notices = [...packages].sort().map((place) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, place, 'package.json'), 'utf8'));
    const file = readdirSync(join(root, place)).find((entry) => /^licen[cs]e/i.test(entry));
    const text =
      file === undefined ? `Licence: ${license}` : readFileSync(join(root, place, file), 'utf8').trim();
    return `${name} ${version}\n\n${text}\n`;
  });
  if (notices.length > 0)
    writeFileSync(join(folder, 'THIRD-PARTY-LICENSES.txt'), notices.join(`\n${'-'.repeat(80)}\n\n`));
}

/** Chunks of earlier builds have other names, and would be packed with the rest. */
function removeStale(folder, outputs) {
  const current = new Set(outputs.map((file) => basename(file)));
  for (const file of readdirSync(folder))
    if (/\.js(\.map)?$/.test(file) && !current.has(file)) rmSync(join(folder, file), { force: true });
}

/** Entry points that exist; the name of each is the name of its file in `dist`. */
function entries(base, table) {
  return Object.fromEntries(
    Object.entries(table)
      .map(([name, file]) => [name, join(root, base, file)])
      .filter(([, file]) => existsSync(file)),
  );
}

async function buildRuntime() {
  const external = ['koffi', 'vitest', 'tsx', 'tsx/*', 'mproc-worker'];
  // Built together, because they share classes; and without others, because each file more is time at a child's start.
  const library = entries('runtime/src', {
    index: 'index.ts',
    child: 'pool/child/main.ts',
  });
  const tools = entries('runtime/src', {
    testing: 'testing/index.ts',
    'testing-process': 'testing/process/main.ts',
    cli: 'cli/main.ts',
  });
  await bundle(join(root, 'runtime/dist'), [
    { entryPoints: library, external, plugins: [nodeByRequire] },
    { entryPoints: tools, external },
  ]);
  execFileSync(process.execPath, [typescriptBin(), '-p', join(root, 'runtime')], { stdio: 'inherit' });
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
}

if (!existsSync(join(root, 'generator')) && !existsSync(join(root, 'runtime', 'src'))) process.exit(0);
const hash = sourceHash();
if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === hash && !process.argv.includes('--force'))
  process.exit(0);
await buildGenerator();
await buildRuntime();
mkdirSync(dirname(stampFile), { recursive: true });
writeFileSync(stampFile, hash);
