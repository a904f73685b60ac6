// JavaScript: a step of the build, which `npm ci` runs before anything else is there.
// How sources become the files of a `dist` folder.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');
export const requireFromRoot = createRequire(join(root, 'package.json'));

/**
 * Bundles into a folder what belongs together, each group by itself and after the one before it.
 * @param groups options of esbuild, or functions that know them when the groups before are there
 */
export async function bundle(outdir, groups) {
  const metafiles = [];
  for (const group of groups)
    metafiles.push(await bundleGroup({ outdir, ...(typeof group === 'function' ? group() : group) }));
  const all = (kind) => metafiles.flatMap((metafile) => Object.keys(metafile[kind]));
  removeStale(outdir, all('outputs'));
  writeNotices(outdir, all('inputs'));
}

export async function bundleGroup(options) {
  const { build } = requireFromRoot('esbuild');
  const { metafile } = await build({
    absWorkingDir: root,
    metafile: true,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    splitting: options.format !== 'cjs',
    sourcemap: 'external',
    sourcesContent: false,
    logLevel: 'warning',
    ...options,
  });
  return metafile;
}

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
    if (/\.c?js(\.map)?$/.test(file) && !current.has(file)) rmSync(join(folder, file), { force: true });
}

/** Entry points that exist; the name of each is the name of its file in `dist`. */
export function entries(base, table) {
  return Object.fromEntries(
    Object.entries(table)
      .map(([name, file]) => [name, join(root, base, file)])
      .filter(([, file]) => existsSync(file)),
  );
}
