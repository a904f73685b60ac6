import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const SOURCE = fileURLToPath(new URL('../../runtime/src/values/index.ts', import.meta.url));

/** The runtime's own value format, which its users have no need to reach. */
export async function loadCodec() {
  const folder = mkdtempSync(join(tmpdir(), 'mproc-bench-'));
  const outfile = join(folder, 'codec.mjs');
  try {
    await build({
      entryPoints: [SOURCE],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
