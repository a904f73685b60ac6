import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const RUNTIME = fileURLToPath(new URL('../../../runtime/dist/index.js', import.meta.url));

/** A program in one file of JavaScript, which starts faster than with a loader; it is removed at this process's end. */
export function buildProgram(source: URL): string {
  const folder = mkdtempSync(join(tmpdir(), 'mproc-fuzz-built-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const outfile = join(folder, 'program.mjs');
  buildSync({
    entryPoints: [fileURLToPath(source)],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    alias: { 'mproc-worker': RUNTIME },
    external: [RUNTIME],
  });
  return outfile;
}
