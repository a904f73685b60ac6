// JavaScript: a step of the build, which `npm ci` runs before anything else is there.
// Builds files of CommonJS that lie on each other like layers: what a lower one holds, a higher one takes from it.
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { bundleGroup, root } from './bundle.mjs';

/** Layers of one program, the lowest first. Each source is in one of them, so that its classes are made once. */
export class Layers {
  #sources;
  #common;
  #layers;
  /** What higher layers take: the exports of a source, by the name under which its layer exports them. */
  #taken = new Map();

  /**
   * @param sources the folder of the sources
   * @param common options of esbuild for all of them
   * @param layers of each its `name`; its `roots`, files of sources whose exports it hands on;
   *   `entry`, instead of roots, a `file` of which it hands on these `names`, as they are; `find`, the text of a module
   *   that exports the layer's exports as `layer`; and `later`, files of the layers above it that it loads when one of
   *   their exports is first used
   */
  constructor(sources, common, layers) {
    this.#sources = sources;
    this.#common = common;
    this.#layers = layers.map((layer) => ({ later: [], roots: [], ...layer, exports: new Map() }));
  }

  /** Finds out which layer holds what; before anything is built. */
  async divide() {
    for (const [at, layer] of this.#layers.entries()) {
      const look = (entryPoints) => this.#look(entryPoints, this.#layers.slice(0, at), layer.later);
      const files = [...layer.roots, ...(layer.entry === undefined ? [] : [layer.entry.file])];
      const { inputs } = await look(files.map((file) => join(this.#sources, file)));
      const held = Object.keys(inputs).filter((file) => file.startsWith(relative(root, this.#sources)));
      const { outputs } = await look(held.map((file) => join(root, file)));
      for (const { entryPoint, exports } of Object.values(outputs))
        if (entryPoint !== undefined) layer.exports.set(join(root, entryPoint), exports);
    }
  }

  #look(entryPoints, lower, later) {
    const plugins = [this.#plugin(lower, later)];
    const nowhere = { outdir: join(root, 'nowhere'), write: false };
    return bundleGroup({ ...this.#common, ...nowhere, plugins, entryPoints });
  }

  /**
   * What has a bundle take from all layers up to this one, instead of holding it, too.
   * @param find how it finds the layer, where that is not as the layers above it do
   */
  above(name, find) {
    return this.#plugin(this.#layers.slice(0, this.#at(name) + 1), [], find);
  }

  /** The same for the bundle of a layer. */
  within(name) {
    const at = this.#at(name);
    return this.#plugin(this.#layers.slice(0, at), this.#layers[at].later);
  }

  #at(name) {
    return this.#layers.findIndex((layer) => layer.name === name);
  }

  /**
   * The text of a layer's module, when all that lie on it are built: it exports what its roots do, and what the others take.
   * One object: a getter for each, which esbuild makes of a module's exports, would cost at each use.
   */
  textOf(name) {
    const { exports, roots, entry } = this.#layers[this.#at(name)];
    const all = new Map([...this.#taken].filter(([, { source }]) => exports.has(source)));
    for (const exported of entry?.names ?? [])
      all.set(exported, { source: join(this.#sources, entry.file), exported });
    for (const file of roots)
      for (const [as, from] of this.#exportsOf(join(this.#sources, file))) all.set(as, from);
    const lines = [...all].map(
      ([as, { source, exported }]) => `import { ${exported} as ${as} } from ${JSON.stringify(source)};`,
    );
    return [...lines, `module.exports = { ${[...all.keys()].join(', ')} };`].join('\n');
  }

  /** The exports of a source, by the name under which its layer exports them. */
  #exportsOf(source) {
    const layer = this.#layers.find(({ exports }) => exports.has(source));
    // Each name is in two files at least, and every program loads them: numbers take less room than a path and a name.
    const place = this.#places.indexOf(source).toString(36);
    return (layer?.exports.get(source) ?? []).map((exported, index) => [
      `$${place}$${index.toString(36)}`,
      { source, exported },
    ]);
  }

  /** All sources, in an order that does not depend on when they were found. */
  get #places() {
    return this.#layers.flatMap(({ exports }) => [...exports.keys()]).sort();
  }

  #plugin(lower, later, find) {
    const heldBelow = (source) => lower.find(({ exports }) => exports.has(source));
    return {
      name: 'layers',
      setup: ({ onResolve, onLoad, onEnd }) => {
        onResolve({ filter: /^\.\/\w+\.cjs$/ }, ({ path }) => ({ path, external: true }));
        onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir }) => {
          const source = join(resolveDir, path).replace(/\.js$/, '.ts');
          // esbuild writes it into the bundle, which is to be the same wherever it is made.
          const named = relative(this.#sources, source);
          if (heldBelow(source)) return { path: named, namespace: 'taken' };
          return later.includes(named) ? { path: named, namespace: 'later' } : undefined;
        });
        onLoad({ filter: /./, namespace: 'taken' }, ({ path }) => {
          const source = join(this.#sources, path);
          return { contents: this.#takenFrom(heldBelow(source), source) };
        });
        onLoad({ filter: /./, namespace: 'later' }, ({ path }) => ({
          contents: this.#loadedLater(join(this.#sources, path)),
          resolveDir: this.#sources,
        }));
        onResolve({ filter: /^layer:/ }, ({ path }) => ({
          path: path.slice('layer:'.length),
          namespace: 'layer',
        }));
        onLoad({ filter: /./, namespace: 'layer' }, ({ path }) => ({
          contents: find ?? this.#layers[this.#at(path)].find,
          resolveDir: this.#sources,
        }));
        onEnd(({ metafile }) => this.#note(Object.keys(metafile.outputs)));
      },
    };
  }

  #takenFrom({ name }, source) {
    const lines = this.#exportsOf(source).map(
      ([as, { exported }]) => `export const ${exported} = /* @__PURE__ */ (() => layer.${as})();`,
    );
    return [`import { layer } from 'layer:${name}';`, ...lines].join('\n');
  }

  /** Before all layers are divided nobody asks for more than that it can be imported. */
  #loadedLater(source) {
    const names = this.#exportsOf(source);
    if (names.length === 0) return 'module.exports = {};';
    const { name } = this.#layers.find(({ exports }) => exports.has(source));
    const lines = names.map(
      ([as, { exported }]) =>
        `export const ${exported} = /* @__PURE__ */ ${/^[A-Z]/.test(exported) ? 'standIn' : 'forwarded'}(() => layer().${as});`,
    );
    return [
      "import { forwarded, loadPart, standIn } from './loading/stand-in.js';",
      `const layer = () => loadPart(() => require('./${name}.cjs'));`,
      ...lines,
    ].join('\n');
  }

  /** Not all that could be taken is: a bundle leaves out what is not used. */
  #note(outputs) {
    const files = outputs.filter((file) => /\.c?js$/.test(file) && !file.startsWith('nowhere'));
    const text = files.map((file) => readFileSync(join(root, file), 'utf8')).join('\n');
    // A minifier may break a line before the name.
    const used = new Set(
      [...text.matchAll(/\.\s*(\$[0-9a-z]{1,2}\$[0-9a-z]{1,2})\b/g)].map(([, member]) => member),
    );
    for (const { exports } of this.#layers)
      for (const source of exports.keys())
        for (const [as, from] of this.#exportsOf(source)) if (used.has(as)) this.#taken.set(as, from);
  }
}
