// Builds `mproc-worker`: the library, the core that it shares with the processes of its pools, and its tools.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { bundle, bundleGroup, entries, requireFromRoot, root } from './bundle.mjs';

const SOURCES = join(root, 'runtime/src');
const OUTDIR = join(root, 'runtime/dist');
const CORE = join(SOURCES, 'core/core.ts');
const EXTERNAL = ['koffi', 'vitest', 'tsx', 'tsx/*', 'mproc-worker'];
const loadedWhenCalled = {
  name: 'loaded-when-called',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      path in SELDOM_CALLED && kind === 'import-statement'
        ? { path, namespace: 'loaded-when-called' }
        : undefined,
    );
    onLoad({ filter: /./, namespace: 'loaded-when-called' }, ({ path }) => ({
      contents: SELDOM_CALLED[path]
        .map((name) => {
          const own = name === 'createRequire' ? OWN_REQUIRE : '';
          return `export const ${name} = (from, ...rest) => ${own}require('${path}').${name}(from, ...rest);`;
        })
        .join('\n'),
    }));
  },
};
const REQUIRE_CORE = `import { createRequire } from 'node:module';
  export const { core } = createRequire(import.meta.url)('./start.cjs');`;
/** It is what the process began with, unless this is another copy of the package; to look for it takes longer. */
const FIND_CORE = `const main = process.mainModule;
  export const { core } = main?.filename === import.meta.dirname + '/start.cjs'
    ? main.exports
    : process.getBuiltinModule('node:module').createRequire(import.meta.url)('./start.cjs');`;
/** Functions of Node.js that a process of a pool seldom calls: their modules are loaded when it does. */
const SELDOM_CALLED = {
  'node:os': ['tmpdir', 'availableParallelism', 'totalmem'],
  'node:timers/promises': ['setTimeout'],
  'node:module': ['createRequire'],
  'node:crypto': ['createHash'],
};
/** The core has a `require` of its own file. */
const OWN_REQUIRE = 'from === __filename ? require : ';
const COMMONJS = { format: 'cjs', external: EXTERNAL, define: { 'import.meta.url': '__filename' } };

/**
 * A process of a pool and the library share classes, so what the process runs on is one file that both load. It is
 * CommonJS: Node.js starts that sooner than the same as an ES module, and V8 takes back what it has compiled of it.
 */
export async function buildRuntime({ withTypes = true } = {}) {
  const taken = new Taken(await exportsOfCore());
  const apart = { index: 'index.ts', 'in-child': 'in-child.ts' };
  const library = Object.entries(apart).map(([name, file]) => ({
    entryPoints: { [name]: join(SOURCES, file) },
    external: EXTERNAL,
    plugins: [taken.plugin(name === 'in-child' ? FIND_CORE : REQUIRE_CORE)],
  }));
  const tools = entries('runtime/src', {
    testing: 'testing/index.ts',
    'testing-process': 'testing/process/main.ts',
    cli: 'cli/main.ts',
  });
  const core = [
    {
      ...COMMONJS,
      entryPoints: { start: join(SOURCES, 'core/start.ts') },
      outExtension: { '.js': '.cjs' },
    },
    () => ({
      ...COMMONJS,
      plugins: [loadedWhenCalled],
      outdir: undefined,
      outfile: join(OUTDIR, 'core.cjs'),
      // One function, for start.ts to call. What it exports is known when the others are built.
      banner: { js: "(function (exports, require, module, __filename, __dirname) { 'use strict';" },
      footer: { js: '})' },
      stdin: { resolveDir: SOURCES, contents: taken.asModule() },
    }),
  ];
  await bundle(OUTDIR, [...library, { entryPoints: tools, external: EXTERNAL }, ...core]);
  if (withTypes)
    execFileSync(process.execPath, [typescriptBin(), '-p', join(root, 'runtime')], { stdio: 'inherit' });
}

function typescriptBin() {
  const manifest = requireFromRoot.resolve('typescript/package.json');
  return join(dirname(manifest), JSON.parse(readFileSync(manifest, 'utf8')).bin.tsc);
}

/** What each module of the core exports, by the file of its source. */
async function exportsOfCore() {
  const look = { external: EXTERNAL, outdir: OUTDIR, write: false };
  const { inputs } = await bundleGroup({ ...look, entryPoints: [CORE] });
  const { outputs } = await bundleGroup({ ...look, entryPoints: Object.keys(inputs) });
  const modules = Object.values(outputs).filter(({ entryPoint }) => entryPoint !== undefined);
  return new Map(modules.map(({ entryPoint, exports }) => [join(root, entryPoint), exports]));
}

/** What others take from the core, so that it is not bundled once more, and the core exports that and nothing else. */
class Taken {
  #exported;
  /** The lines that import what is taken, by the name that it has in the core's exports. */
  #imports = new Map([['runChild', importLine('runChild', 'runChild', CORE)]]);

  constructor(exported) {
    this.#exported = exported;
  }

  /** One object, as a getter for each, which a module of ES has for its exports, takes a part of the start of each process. */
  asModule() {
    const lines = [
      ...this.#imports.values(),
      `module.exports = { ${[...this.#imports.keys()].join(', ')} };`,
    ];
    return lines.join('\n');
  }

  plugin(findCore) {
    return {
      name: 'taken-from-core',
      setup: ({ onResolve, onLoad, onEnd }) => {
        onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir }) => {
          const source = join(resolveDir, path).replace(/\.js$/, '.ts');
          return this.#exported.has(source) ? { path: source, namespace: 'core-module' } : undefined;
        });
        onLoad({ filter: /./, namespace: 'core-module' }, ({ path }) => {
          const names = this.#exported.get(path).map((name) => [name, `${idOf(path)}_${name}`]);
          const lines = names.map(
            ([name, own]) => `export const ${name} = /* @__PURE__ */ (() => core.${own})();`,
          );
          return { contents: ["import { core } from 'core';", ...lines].join('\n') };
        });
        onResolve({ filter: /^core$/, namespace: 'core-module' }, () => ({
          path: 'core',
          namespace: 'core',
        }));
        onLoad({ filter: /./, namespace: 'core' }, () => ({ contents: findCore }));
        onEnd(({ metafile }) => this.#note(Object.keys(metafile.outputs)));
      },
    };
  }

  /** Not all that could be taken is: the bundle leaves out what is not used. */
  #note(outputs) {
    const text = outputs
      .filter((file) => file.endsWith('.js'))
      .map((file) => readFileSync(join(root, file), 'utf8'))
      .join('\n');
    for (const [path, names] of this.#exported)
      for (const name of names)
        if (text.includes(`core.${idOf(path)}_${name})`)) {
          const own = `${idOf(path)}_${name}`;
          this.#imports.set(own, importLine(name, own, path));
        }
  }
}

function importLine(name, own, path) {
  return `import { ${name} as ${own} } from ${JSON.stringify(path)};`;
}

function idOf(file) {
  return relative(SOURCES, file).replace(/\W/g, '_');
}
