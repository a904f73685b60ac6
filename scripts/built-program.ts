import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/** Below the repository, so that packages are found. */
const CACHE = fileURLToPath(new URL('../node_modules/.cache/programs', import.meta.url));

/** A program in TypeScript: its file, or a text whose imports are looked for in a folder. */
export type ProgramSource = URL | { readonly text: string; readonly folder: URL };

/**
 * Builds a program in JavaScript, which is removed when this process ends. What measures processes starts
 * such files: with a loader for TypeScript each process that they fork, ours and those of other packages, would load that
 * as well, which is most of what it takes to start one. Modules in JavaScript are left where they are, as workers are
 * loaded by each process by itself.
 * @param worker a module in TypeScript that it imports from beside itself, and that processes load by itself
 * @returns its path
 */
export async function buildProgram(source: ProgramSource, worker?: URL): Promise<string> {
  mkdirSync(CACHE, { recursive: true });
  removeLeft();
  const folder = mkdtempSync(join(CACHE, `${process.pid}-`));
  removedAtExit(folder);
  if (worker === undefined) return bundle(source, folder, 'program');
  const name = basename(worker.pathname, '.ts');
  await bundle(worker, folder, name, { addresses: 'built' });
  return bundle(source, folder, 'program', { beside: { [`./${name}.js`]: `./${name}.mjs` } });
}

const folders: string[] = [];

function removedAtExit(folder: string): void {
  if (folders.length === 0)
    process.once('exit', () => {
      for (const path of folders) rmSync(path, { recursive: true, force: true });
    });
  folders.push(folder);
}

/** Of processes that were killed, which remove nothing. */
function removeLeft(): void {
  for (const name of readdirSync(CACHE))
    if (!isAlive(Number.parseInt(name, 10))) rmSync(join(CACHE, name), { recursive: true, force: true });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

export interface BundleOptions {
  /** What is imported by these names is another file of the folder. @default none */
  readonly beside?: Readonly<Record<string, string>>;
  /** What a module looks for beside itself lies beside its source, or beside what is built of it. @default 'source' */
  readonly addresses?: 'source' | 'built';
}

/** The same into a folder of the caller's; what is imported when it is needed is a file of its own there. */
export async function bundle(
  source: ProgramSource,
  folder: string,
  name: string,
  { beside = {}, addresses = 'source' }: BundleOptions = {},
): Promise<string> {
  await build({
    ...(source instanceof URL
      ? { entryPoints: [fileURLToPath(source)] }
      : { stdin: { contents: source.text, resolveDir: fileURLToPath(source.folder), loader: 'ts' } }),
    outdir: folder,
    entryNames: name,
    outExtension: { '.js': '.mjs' },
    splitting: true,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    sourcemap: 'inline',
    logLevel: 'warning',
    // Programs that only run their imports; none of these is of the package that users load.
    ignoreAnnotations: true,
    // That of the repository gives the sources in place of what is built from them.
    tsconfigRaw: '{ "compilerOptions": { "target": "es2023" } }',
    define: addresses === 'source' ? { 'import.meta.url': 'addressOfSource' } : {},
    plugins: [
      {
        name: 'modules-stay-where-they-are',
        setup({ onLoad, onResolve }) {
          onResolve({ filter: /^\./ }, ({ path }) => {
            const file = beside[path];
            return file === undefined ? undefined : { path: file, external: true };
          });
          onResolve({ filter: /^\..*\.mjs$/ }, ({ path, importer, resolveDir }) => {
            const folder = importer === '<stdin>' ? resolveDir : dirname(importer);
            return { path: pathToFileURL(resolve(folder, path)).href, external: true };
          });
          onLoad({ filter: /\.ts$/ }, ({ path }) => ({
            loader: 'ts',
            contents: `const addressOfSource = ${JSON.stringify(pathToFileURL(path).href)};${readFileSync(path, 'utf8')}`,
          }));
        },
      },
    ],
  });
  return join(folder, `${name}.mjs`);
}
