import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';

/** Below the repository, so that packages are found. */
const FOLDER = fileURLToPath(new URL('../node_modules/.cache/built-modules', import.meta.url));

/**
 * A module of TypeScript, with all that it imports of this repository, as one file of JavaScript: for tests that start many
 * processes of it, each of which would take several times as long with a loader.
 * @returns its URL
 */
export function builtModule(source: URL): string {
  const file = fileURLToPath(source);
  const { outputFiles } = buildSync({
    entryPoints: [file],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    // The built package, and not the sources that this repository's own paths lead to.
    tsconfigRaw: {},
    sourcemap: 'inline',
  });
  const { contents } = outputFiles[0]!;
  const hash = createHash('sha256').update(contents).digest('hex').slice(0, 16);
  return keepBuilt(`${basename(file, '.ts')}-${hash}.mjs`, contents);
}

/** Whole at any time, as other runs of the tests may read it now. @returns its URL */
export function keepBuilt(name: string, code: string | Uint8Array): string {
  const file = join(FOLDER, name);
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${file}.${process.pid}`, code);
  renameSync(`${file}.${process.pid}`, file);
  return pathToFileURL(file).href;
}
