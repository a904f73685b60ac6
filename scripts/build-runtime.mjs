// JavaScript: a step of the build, which `npm ci` runs before anything else is there.
// Builds `mproc-worker`: the library, the core that it shares with the processes of its pools, and its tools.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inlinePage, PAGE } from './build-page.mjs';
import { buildTypes } from './build-types.mjs';
import { bundle, bundleGroup, entries, root } from './bundle.mjs';
import { Layers } from './layers.mjs';

const SOURCES = join(root, 'runtime/src');
const OUTDIR = join(root, 'runtime/dist');
/** The last two make `ws` faster where somebody has installed them; it does without. */
const EXTERNAL = [
  'koffi',
  'vitest',
  '@opentelemetry/api',
  'tsx',
  'tsx/*',
  'mproc-worker',
  'bufferutil',
  'utf-8-validate',
];
/** @param modules those of Node.js that are loaded when a function of them is first called */
const loadedWhenCalled = (modules) => ({
  name: 'loaded-when-called',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      path in modules && kind === 'import-statement' ? { path, namespace: 'loaded-when-called' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'loaded-when-called' }, ({ path }) => ({
      contents: modules[path]
        .map((name) => {
          const own = name === 'createRequire' ? OWN_REQUIRE : '';
          return `export const ${name} = (from, ...rest) => ${own}require('${path}').${name}(from, ...rest);`;
        })
        .join('\n'),
    }));
  },
});
/**
 * A bundler that has put this file into another one leaves the rest of the package behind. Some would put that in as well,
 * for processes that are never started from it, if they saw at once what is loaded.
 */
const loadBeside = (file, here) => `import { loadBeside } from './bundlers/load-beside.ts';
  const loaded = loadBeside(() => ${here}, '${file}');`;
/** The core is what the process began with, unless this is another copy of the package; to look for it takes longer. */
const FIND_CORE_IN_CHILD = `const main = process.mainModule;
  export const { core: layer } = main?.filename === import.meta.dirname + '/start.cjs'
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
/** Functions of Node.js that are seldom called: their modules are loaded when they are. */
const SELDOM_CALLED = {
  'node:timers/promises': ['setTimeout'],
  'node:module': ['createRequire'],
  'node:crypto': ['createHash', 'randomUUID', 'randomBytes', 'randomInt'],
};
const SELDOM_CALLED_BY = {
  core: { ...SELDOM_CALLED, 'node:os': ['tmpdir', 'availableParallelism', 'totalmem'] },
  // It is seldom loaded itself.
  debugger: {},
};
/** Classes that a program gets to see: what it throws, hands out or is told of. */
const SEEN =
  /runtime\/src\/(contracts|errors|pool\/process-pool|queues|response|shared-array|strategies|worker)\b/;
/** What only `docs/memory-layout.md` is made of; it is made from the sources. */
const TOLD_OF_A_FIELD = /\b(?:doc|writer):\s*'(?:[^'\\]|\\.)*',?/g;
/** A minifier calls classes otherwise, and who prints an object of one would see that. */
const sources = {
  name: 'sources',
  setup({ onLoad }) {
    onLoad({ filter: /runtime\/src\/.*\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      if (path.endsWith('/layout.ts')) return { loader: 'ts', contents: text.replace(TOLD_OF_A_FIELD, '') };
      return { loader: 'ts', contents: SEEN.test(path) ? withNames(text) : text };
    });
  },
};
const withNames = (text) =>
  text.replace(
    /^((?:export )?(?:abstract )?class (\w+)[\s\S]*?\{)(\}?)\n/gm,
    (_, head, name, end) =>
      `${head} static { Object.defineProperty(this, 'name', { value: '${name}', configurable: true }); } ${end}\n`,
  );
/** Packages in CommonJS, as `ws`, that are bundled into ES modules. */
const REQUIRE_OF_FILE = `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);`;
/** The core has a `require` of its own file. */
const OWN_REQUIRE = 'from === __filename ? require : ';
const COMMONJS = {
  format: 'cjs',
  external: EXTERNAL,
  outExtension: { '.js': '.cjs' },
  define: { 'import.meta.url': '__filename', 'import.meta.dirname': '__dirname' },
};
/** Each program loads these: what V8 has not compiled of them before, it has to read through. */
const SHORT = { minify: true, lineLimit: 160 };
/** One function, for start.ts to call: V8 takes back what it has compiled of such a script. */
const AS_FUNCTION = {
  banner: { js: "(function (exports, require, module, __filename, __dirname) { 'use strict';" },
  footer: { js: '})' },
};
/** What few programs ask for. */
const SELDOM_USED = [
  'loans/lender.ts',
  'pool/inline/inline-engine.ts',
  'pool/calls/broadcast-options.ts',
  'pool/calls/imap-call.ts',
  'pool/jobs/missing-module.ts',
  'pool/response-store.ts',
  'worker/function/module-worker.ts',
];
/** What a process does whose job has an array that is lent. */
const BORROWED = 'loans/borrowed.ts';
/** What tells of jobs: only where somebody asks for it. */
const INSIDE = [
  'pool/figures/latency-histograms.ts',
  'pool/parent/placing/slot-survey.ts',
  'replay/failed-job-files.ts',
  'trace/pool-trace.ts',
  'trace/trace-for.ts',
  'trace/feed.ts',
];
/** What few calls and pools ask for: jobs that wait, go before others, or expire, and limits. */
const STEERING = ['steering/steering', 'steering/steering-line', 'limits/limits'].map(
  (name) => `pool/${name}.ts`,
);
/** What a program asks for whose jobs come by the clock. */
const SCHEDULES = ['schedules', 'local-ticks', 'remote-ticks', 'tick-guard', 'tick-log'].map(
  (name) => `pool/schedules/${name}.ts`,
);
/** What a program asks for that keeps answered jobs. */
const HISTORY = ['keep-options', 'answered-job', 'local-history'].map((name) => `pool/history/${name}.ts`);
/** What a program asks for that has a process looked into. */
const DEBUGGER = 'inspect/debugger/in-parent.ts';
/** The layers of the runtime; see scripts/layers.mjs. */
const layersOf = (names) => [
  {
    name: 'core',
    entry: { file: 'pool/child/core.ts', names: ['childMain', 'loadedNativeFile', 'useNativeFile'] },
    find: "export const { core: layer } = require('./start.cjs');",
    later: [BORROWED],
  },
  { name: 'loans', roots: [BORROWED], find: "export const layer = require('./loans.cjs');" },
  {
    name: 'library',
    entry: { file: 'index.ts', names },
    find: "export const layer = require('./start.cjs').library();",
    later: [
      'queues/index.ts',
      'pool/remote/remote-pool.ts',
      DEBUGGER,
      ...SELDOM_USED,
      ...INSIDE,
      ...STEERING,
      ...SCHEDULES,
      ...HISTORY,
    ],
  },
  { name: 'queues', roots: ['queues/index.ts'], find: "export const layer = require('./queues.cjs');" },
  { name: 'debugger', roots: [DEBUGGER], find: "export const layer = require('./debugger.cjs');" },
  {
    name: 'seldom',
    roots: SELDOM_USED,
    find: "export const layer = require('./seldom.cjs');",
    later: INSIDE,
  },
  { name: 'inside', roots: INSIDE, find: "export const layer = require('./inside.cjs');" },
  {
    name: 'remote',
    roots: ['pool/remote/remote-pool.ts'],
    find: "export const layer = require('./remote.cjs');",
    later: [...STEERING, ...SCHEDULES, ...HISTORY],
  },
  { name: 'steering', roots: STEERING, find: "export const layer = require('./steering.cjs');" },
  { name: 'history', roots: HISTORY, find: "export const layer = require('./history.cjs');" },
  { name: 'schedules', roots: SCHEDULES, find: "export const layer = require('./schedules.cjs');" },
];

/**
 * A process of a pool and the library share classes, so what the process runs on is one file that both load. It is
 * CommonJS: Node.js starts that sooner than the same as an ES module, and V8 takes back what it has compiled of it.
 * The library is CommonJS as well, and `index.js` hands its exports on, so that `import` and `require` have the same.
 */
export async function buildRuntime({ withTypes = true } = {}) {
  const names = await exportsOf(join(SOURCES, 'index.ts'));
  const layers = new Layers(SOURCES, { external: EXTERNAL }, layersOf(names));
  await layers.divide();
  const inChild = (find) => ({
    entryPoints: { 'in-child': join(SOURCES, 'in-child.ts') },
    external: EXTERNAL,
    plugins: [layers.above('core', find)],
  });
  const testing = join(SOURCES, 'testing/index.ts');
  const entriesOfPackage = [
    commonJsFile(
      'index.cjs',
      `${loadBeside('./start.cjs', '__filename')}
      const library = loaded.library();
      module.exports = { ${names.map((name) => `${name}: library.${name}`).join(', ')} };`,
    ),
    {
      ...fileOf(
        'index.js',
        `${loadBeside('./index.cjs', 'import.meta.url')}
        export const { ${names.join(', ')} } = loaded;`,
      ),
      splitting: false,
    },
    inChild(FIND_CORE_IN_CHILD),
    { ...inChild(), ...COMMONJS },
  ];
  const tools = [
    {
      entryPoints: entries('runtime/src', {
        testing: 'testing/index.ts',
        otel: 'otel/index.ts',
        'testing-process': 'testing/process/main.ts',
      }),
      external: EXTERNAL,
      banner: { js: REQUIRE_OF_FILE },
    },
    {
      ...SHORT,
      entryPoints: { cli: join(SOURCES, 'cli/main.ts') },
      external: EXTERNAL,
      banner: { js: REQUIRE_OF_FILE },
      plugins: [layers.above('schedules')],
    },
    {
      ...COMMONJS,
      entryPoints: { replay: join(SOURCES, 'replay/main.ts') },
      plugins: [layers.above('library')],
    },
    {
      ...commonJsFile('testing.cjs', handOn(await exportsOf(testing), './testing/index.ts')),
      plugins: [vitestByRequire],
    },
    { ...COMMONJS, entryPoints: { otel: join(SOURCES, 'otel/index.ts') } },
  ];
  const layerFile =
    (name, options = {}) =>
    () => ({
      ...commonJsFile(`${name}.cjs`, layers.textOf(name)),
      ...SHORT,
      ...options,
      plugins: [layers.within(name), sources, loadedWhenCalled(SELDOM_CALLED_BY[name] ?? SELDOM_CALLED)],
    });
  const program = [
    layerFile('schedules'),
    layerFile('history'),
    layerFile('steering'),
    layerFile('remote'),
    layerFile('inside'),
    layerFile('seldom'),
    layerFile('debugger'),
    layerFile('queues'),
    layerFile('library', AS_FUNCTION),
    layerFile('loans'),
    layerFile('core', AS_FUNCTION),
    { ...COMMONJS, ...SHORT, entryPoints: { start: join(SOURCES, 'pool/child/start.ts') } },
  ];
  await bundle(OUTDIR, [...entriesOfPackage, ...tools, PAGE, ...program]);
  inlinePage(OUTDIR);
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

/** One object, as a getter for each, which esbuild makes of a module's exports, would cost at each use. */
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
