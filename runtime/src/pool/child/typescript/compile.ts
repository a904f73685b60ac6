import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';

type Esbuild = typeof import('esbuild');
type Plugin = import('esbuild').Plugin;

/** What a file says of itself, which bundling would change: each file that asks gets the answers as constants of its own. */
const OWN_PLACE = {
  'import.meta.url': '__mproc_url',
  'import.meta.filename': '__mproc_filename',
  'import.meta.dirname': '__mproc_dirname',
} as const;

/** Code that looks for files as it runs can look for TypeScript, which only a loader finds. */
const LOOKS_FOR_FILES = /\bimport\s*\(\s*(?!['"`][^'"`$]*['"`]\s*\))|\brequire\s*\(/;

export interface Compiled {
  readonly code: string;
  /** Files that it was made of. */
  readonly inputs: readonly string[];
}

/**
 * A module of TypeScript and what it imports of its own project, as one file of JavaScript; packages stay imports.
 * @returns `undefined` when that cannot be done without changing what it means
 */
export async function compile(file: string): Promise<Compiled | undefined> {
  const esbuild = findEsbuild(file);
  if (esbuild === undefined) return undefined;
  try {
    const { outputFiles, metafile } = await esbuild.build({
      entryPoints: [file],
      absWorkingDir: dirname(file),
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      packages: 'external',
      // Even where a path of the project's own stands for it: its classes must be those of this process.
      external: ['mproc-worker'],
      sourcemap: 'inline',
      sourcesContent: false,
      keepNames: true,
      write: false,
      outfile: `${file}.mjs`,
      metafile: true,
      logLevel: 'silent',
      define: OWN_PLACE,
      plugins: [tellOwnPlace()],
    });
    const inputs = Object.keys(metafile.inputs).map(
      (input) => new URL(input, `${pathToFileURL(dirname(file))}/`),
    );
    return { code: outputFiles[0]!.text, inputs: inputs.map((input) => decodeURIComponent(input.pathname)) };
  } catch {
    // Whatever is wrong with the code, the loader says it with the original's file and line.
    return undefined;
  } finally {
    await esbuild.stop?.();
  }
}

/** The one that tsx brings, whatever the package manager's way of installing. */
function findEsbuild(file: string): Esbuild | undefined {
  try {
    const tsx = createRequire(file).resolve('tsx/package.json');
    return createRequire(tsx)('esbuild') as Esbuild;
  } catch {
    return undefined;
  }
}

function tellOwnPlace(): Plugin {
  return {
    name: 'own-place',
    setup(build) {
      build.onLoad({ filter: /\.[cm]?[jt]sx?$/ }, ({ path }) => {
        const source = readFileSync(path, 'utf8');
        if (LOOKS_FOR_FILES.test(source)) throw new Error(`${path} looks for files as it runs`);
        if (!source.includes('import.meta')) return { contents: source, loader: loaderOf(path) };
        const place = [pathToFileURL(path).href, path, dirname(path)].map((value) => JSON.stringify(value));
        const names = Object.values(OWN_PLACE).map((name, index) => `${name} = ${place[index]}`);
        // On the same line, so that the lines of the source stay what they are.
        return { contents: `const ${names.join(', ')}; ${source}`, loader: loaderOf(path) };
      });
    },
  };
}

function loaderOf(path: string): 'ts' | 'tsx' | 'js' | 'jsx' {
  if (/\.[cm]?ts$/.test(path)) return 'ts';
  if (path.endsWith('.tsx')) return 'tsx';
  return path.endsWith('.jsx') ? 'jsx' : 'js';
}
