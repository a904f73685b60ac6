import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const RUNTIME = fileURLToPath(new URL('../../../runtime/dist/index.js', import.meta.url));

/**
 * A program in one file of JavaScript, which starts faster than with a loader; it is removed at this process's end.
 * @param worker a module that lies beside it, as processes load it by itself
 */
export function buildProgram(source: URL, worker?: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'mproc-fuzz-built-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  build(source, join(folder, 'program.mjs'), worker);
  if (worker !== undefined) build(new URL(worker.replace(/js$/, 'ts'), source), join(folder, worker));
  return join(folder, 'program.mjs');
}

function build(source: URL, outfile: string, beside?: string): void {
  buildSync({
    entryPoints: [fileURLToPath(source)],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    alias: { 'mproc-worker': RUNTIME },
    external: beside === undefined ? [RUNTIME] : [RUNTIME, beside],
  });
}
