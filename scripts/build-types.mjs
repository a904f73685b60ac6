// JavaScript: a step of the build, which `npm ci` runs before anything else is there.
// Builds the declarations of `mproc-worker`: one file for each entry, so that none of the runtime's inner types is shipped.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { requireFromRoot, root } from './bundle.mjs';

/** The entries of the package, by the name that each has in `dist`. */
const ENTRIES = { index: 'index.d.ts', testing: 'testing/index.d.ts', otel: 'otel/index.d.ts' };

/**
 * @param outdir where `index.d.cts` and the like come, and an `index.d.ts` that hands that on: a program that is CommonJS may
 *   not have declarations of ES modules, and the other way round it may; one text tells both of the same classes
 */
export async function buildTypes(outdir) {
  const folder = mkdtempSync(join(tmpdir(), 'mproc-types-'));
  try {
    execFileSync(process.execPath, [typescriptBin(), '-p', join(root, 'runtime'), '--outDir', folder], {
      stdio: 'inherit',
    });
    removeTypes(outdir);
    await bundleTypes(folder, outdir);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  for (const file of readdirSync(outdir).filter((name) => name.endsWith('.d.ts'))) asCommonJs(outdir, file);
  for (const name of Object.keys(ENTRIES))
    writeFileSync(join(outdir, `${name}.d.ts`), `export * from './${name}.cjs';\n`);
}

function typescriptBin() {
  const manifest = requireFromRoot.resolve('typescript/package.json');
  return join(dirname(manifest), JSON.parse(readFileSync(manifest, 'utf8')).bin.tsc);
}

function removeTypes(outdir) {
  rmSync(join(outdir, 'types'), { recursive: true, force: true });
  for (const file of readdirSync(outdir)) if (/\.d\.c?ts$/.test(file)) rmSync(join(outdir, file));
}

async function bundleTypes(folder, outdir) {
  // Only a build that finds something changed loads these.
  const [{ rollup }, { dts }] = await Promise.all([import('rollup'), import('rollup-plugin-dts')]);
  const input = Object.entries(ENTRIES).map(([name, file]) => [name, join(folder, file)]);
  const bundled = await rollup({
    input: Object.fromEntries(input),
    external: ['vitest', '@opentelemetry/api', /^node:/],
    plugins: [dts()],
  });
  await bundled.write({
    dir: outdir,
    entryFileNames: '[name].d.ts',
    // What both entries declare: the contract of a queue.
    chunkFileNames: 'contracts.d.ts',
    minifyInternalExports: false,
  });
  await bundled.close();
}

/** A program of CommonJS has to find declarations that say of themselves that they are of CommonJS. */
function asCommonJs(outdir, file) {
  const text = readFileSync(join(outdir, file), 'utf8').replaceAll(/(from '\.\/[^']+)\.js'/g, "$1.cjs'");
  writeFileSync(join(outdir, file.replace(/\.ts$/, '.cts')), text);
  rmSync(join(outdir, file));
}
