// Builds `mproc-worker`: the library, the core that it shares with the processes of its pools, and its tools.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { bundle, bundleGroup, entries, requireFromRoot, root } from './bundle.mjs';

const SOURCES = join(root, 'runtime/src');
const OUTDIR = join(root, 'runtime/dist');
const EXTERNAL = ['koffi', 'vitest', 'tsx', 'tsx/*', 'mproc-worker'];
/** Loaded by a process of a pool that has TypeScript to compile, and not before. */
const COMPILER = 'compiled-modules';
const compilerApart = {
  name: 'compiler-apart',
  setup({ onResolve }) {
    const path = `./${COMPILER}.js`;
    onResolve({ filter: new RegExp(`/${COMPILER}\\.js$`) }, () => ({ path, external: true }));
  },
};
const COMMONJS = { format: 'cjs', external: EXTERNAL, define: { 'import.meta.url': '__filename' } };

/**
 * A process of a pool and the library share classes, so what the process runs on is one file that both load. It is
 * CommonJS: Node.js starts that sooner than the same as an ES module, and V8 takes back what it has compiled of it.
 */
export async function buildRuntime() {
  const core = await bundleCore();
  const start = await bundleGroup({
    ...COMMONJS,
    entryPoints: { start: join(SOURCES, 'core/start.ts') },
    outdir: OUTDIR,
    outExtension: { '.js': '.cjs' },
    plugins: [compilerApart],
  });
  const apart = {
    index: 'index.ts',
    'in-child': 'in-child.ts',
    [COMPILER]: `pool/child/typescript/${COMPILER}.ts`,
  };
  const tools = entries('runtime/src', {
    testing: 'testing/index.ts',
    'testing-process': 'testing/process/main.ts',
    cli: 'cli/main.ts',
  });
  const groups = Object.entries(apart).map(([name, file]) => ({
    entryPoints: entries('runtime/src', { [name]: file }),
    external: EXTERNAL,
    plugins: [fromCore(core.modules)],
  }));
  await bundle(OUTDIR, [...groups, { entryPoints: tools, external: EXTERNAL }], [core.metafile, start]);
  execFileSync(process.execPath, [typescriptBin(), '-p', join(root, 'runtime')], { stdio: 'inherit' });
}

function typescriptBin() {
  const manifest = requireFromRoot.resolve('typescript/package.json');
  return join(dirname(manifest), JSON.parse(readFileSync(manifest, 'utf8')).bin.tsc);
}

/** The core exports what it does, and each of its modules whole, under a name of its own. */
async function bundleCore() {
  const entry = join(SOURCES, 'core/core.ts');
  const { inputs } = await bundleGroup({ ...COMMONJS, entryPoints: [entry], outdir: OUTDIR, write: false });
  const files = Object.keys(inputs).map((file) => join(root, file));
  const modules = new Map(files.map((file) => [file, relative(SOURCES, file).replace(/\W/g, '_')]));
  const contents = [...modules].map(([file, name]) => `export * as ${name} from ${JSON.stringify(file)};`);
  contents.push(`export * from ${JSON.stringify(entry)};`);
  const metafile = await bundleGroup({
    ...COMMONJS,
    stdin: { contents: contents.join('\n'), resolveDir: SOURCES },
    outfile: join(OUTDIR, 'core.cjs'),
  });
  return { modules, metafile };
}

/** Has what the core has be taken from there, and not be bundled once more. */
function fromCore(modules) {
  const built = requireFromRoot(join(OUTDIR, 'core.cjs'));
  return {
    name: 'from-core',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir }) => {
        const source = join(resolveDir, path).replace(/\.js$/, '.ts');
        return modules.has(source) ? { path: source, namespace: 'core-module' } : undefined;
      });
      onLoad({ filter: /./, namespace: 'core-module' }, ({ path }) => {
        const name = modules.get(path);
        const taken = Object.keys(built[name]).map(
          (key) => `export const ${key} = /* @__PURE__ */ (() => core.${name}.${key})();`,
        );
        return { contents: ["import { core } from 'core';", ...taken].join('\n') };
      });
      onResolve({ filter: /^core$/, namespace: 'core-module' }, () => ({ path: 'core', namespace: 'core' }));
      onLoad({ filter: /./, namespace: 'core' }, () => ({
        contents: `import { createRequire } from 'node:module';
          export const { core } = createRequire(import.meta.url)('./start.cjs');`,
      }));
    },
  };
}
