// Builds `mproc-worker`: the library, the core that it shares with the processes of its pools, and its tools.
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { buildTypes } from './build-types.mjs';
import { bundle, bundleGroup, entries, root } from './bundle.mjs';

const SOURCES = join(root, 'runtime/src');
const OUTDIR = join(root, 'runtime/dist');
const CORE = join(SOURCES, 'pool/child/core.ts');
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
/**
 * A bundler that has put this file into another one leaves the rest of the package behind. Some would put that in as well,
 * for processes that are never started from it, if they saw at once what is loaded.
 */
const loadBeside = (file, here) => `import { loadBeside } from './bundlers/load-beside.ts';
  const loaded = loadBeside(() => ${here}, '${file}');`;
const REQUIRE_CORE = `${loadBeside('./start.cjs', '__filename')}
  export const { core } = loaded;`;
/** It is what the process began with, unless this is another copy of the package; to look for it takes longer. */
const FIND_CORE = `const main = process.mainModule;
  export const { core } = main?.filename === import.meta.dirname + '/start.cjs'
    ? main.exports
    : process.getBuiltinModule('node:module').createRequire(import.meta.url)('./start.cjs');`;
/** What `require` finds under this name refuses to be used. Its ES module can be required where Node.js does that. */
const vitestByRequire = {
  name: 'vitest-by-require',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^vitest$/ }, ({ path }) => ({ path, namespace: 'vitest-by-require' }));
    onLoad({ filter: /./, namespace: 'vitest-by-require' }, () => ({
      resolveDir: SOURCES,
      contents: "module.exports = require('./testing/require-vitest.ts').requireVitest();",
    }));
  },
};
/** Functions of Node.js that a process of a pool seldom calls: their modules are loaded when it does. */
const SELDOM_CALLED = {
  'node:os': ['tmpdir', 'availableParallelism', 'totalmem'],
  'node:timers/promises': ['setTimeout'],
  'node:module': ['createRequire'],
  'node:crypto': ['createHash'],
};
/** The core has a `require` of its own file. */
const OWN_REQUIRE = 'from === __filename ? require : ';
const COMMONJS = {
  format: 'cjs',
  external: EXTERNAL,
  outExtension: { '.js': '.cjs' },
  define: { 'import.meta.url': '__filename', 'import.meta.dirname': '__dirname' },
};

/**
 * A process of a pool and the library share classes, so what the process runs on is one file that both load. It is
 * CommonJS: Node.js starts that sooner than the same as an ES module, and V8 takes back what it has compiled of it.
 * The library is CommonJS as well, and `index.js` hands its exports on, so that `import` and `require` have the same.
 */
export async function buildRuntime({ withTypes = true } = {}) {
  const taken = new Taken(await exportsOfCore());
  const names = await exportsOf(join(SOURCES, 'index.ts'));
  const inChild = {
    entryPoints: { 'in-child': join(SOURCES, 'in-child.ts') },
    external: EXTERNAL,
    plugins: [taken.plugin(FIND_CORE)],
  };
  const library = [
    {
      ...commonJsFile('index.cjs', handOn(names, './index.ts')),
      plugins: [taken.plugin(REQUIRE_CORE)],
    },
    {
      ...fileOf(
        'index.js',
        `${loadBeside('./index.cjs', 'import.meta.url')}
        export const { ${names.join(', ')} } = loaded;`,
      ),
      splitting: false,
    },
    inChild,
    { ...inChild, ...COMMONJS },
  ];
  const testing = join(SOURCES, 'testing/index.ts');
  const tools = [
    {
      entryPoints: entries('runtime/src', {
        testing: 'testing/index.ts',
        'testing-process': 'testing/process/main.ts',
        cli: 'cli/main.ts',
      }),
      external: EXTERNAL,
    },
    {
      ...commonJsFile('testing.cjs', handOn(await exportsOf(testing), './testing/index.ts')),
      plugins: [vitestByRequire],
    },
  ];
  const core = [
    { ...COMMONJS, entryPoints: { start: join(SOURCES, 'pool/child/start.ts') } },
    () => ({
      ...commonJsFile('core.cjs', taken.asModule()),
      plugins: [loadedWhenCalled],
      // One function, for start.ts to call. What it exports is known when the others are built.
      banner: { js: "(function (exports, require, module, __filename, __dirname) { 'use strict';" },
      footer: { js: '})' },
    }),
  ];
  await bundle(OUTDIR, [...library, ...tools, ...core]);
  if (withTypes) await buildTypes(OUTDIR);
}

/** Options for a bundle that is made of a text. */
function fileOf(name, contents) {
  const stdin = { resolveDir: SOURCES, contents };
  return { outdir: undefined, outfile: join(OUTDIR, name), stdin };
}

function commonJsFile(name, contents) {
  return { ...COMMONJS, outExtension: undefined, ...fileOf(name, contents) };
}

/**
 * One object, as a getter for each, which esbuild makes of a module's exports, would cost at each use. `index.js` asks for
 * it by `require`: to import it, Node.js reads through all of the file for what it may export.
 */
function handOn(names, from) {
  return `import { ${names.join(', ')} } from '${from}'; module.exports = { ${names.join(', ')} };`;
}

async function exportsOf(file) {
  const { outputs } = await bundleGroup({
    external: EXTERNAL,
    outdir: OUTDIR,
    write: false,
    entryPoints: [file],
  });
  return Object.values(outputs).find(({ entryPoint }) => entryPoint !== undefined).exports;
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
  #imports = new Map([['childMain', importLine('childMain', 'childMain', CORE)]]);

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
          // esbuild writes it into the bundle, which is to be the same wherever it is made.
          const named = relative(SOURCES, source);
          return this.#exported.has(source) ? { path: named, namespace: 'core-module' } : undefined;
        });
        onLoad({ filter: /./, namespace: 'core-module' }, ({ path }) => {
          const source = join(SOURCES, path);
          const names = this.#exported.get(source).map((name) => [name, `${idOf(source)}_${name}`]);
          const lines = names.map(
            ([name, own]) => `export const ${name} = /* @__PURE__ */ (() => core.${own})();`,
          );
          return { contents: ["import { core } from 'core';", ...lines].join('\n') };
        });
        onResolve({ filter: /^core$/, namespace: 'core-module' }, () => ({
          path: 'core',
          namespace: 'core',
        }));
        onLoad({ filter: /./, namespace: 'core' }, () => ({
          contents: findCore,
          resolveDir: SOURCES,
        }));
        onEnd(({ metafile }) => this.#note(Object.keys(metafile.outputs)));
      },
    };
  }

  /** Not all that could be taken is: the bundle leaves out what is not used. */
  #note(outputs) {
    const text = outputs
      .filter((file) => /\.c?js$/.test(file))
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
