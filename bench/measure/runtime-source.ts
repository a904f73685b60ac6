import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import type * as Layout from '../../runtime/src/pool/transport/layout.js';
import type * as Values from '../../runtime/src/values/index.js';

export type Codec = typeof Values;

const RUNTIME = new URL('../../runtime/src/', import.meta.url);

/** A module of the runtime's sources that its users have no need to reach. */
async function loadSource(file: string): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'mproc-bench-'));
  const outfile = join(folder, 'source.mjs');
  try {
    await build({
      entryPoints: [fileURLToPath(new URL(file, RUNTIME))],
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

/** The format that values cross in. */
export function loadCodec(): Promise<Codec> {
  return loadSource('values/index.ts') as Promise<Codec>;
}

/** What a job takes in a pool's segment beside its payload, in bytes: its slot, its state, and its places in the lines. */
export async function slotBytes(): Promise<number> {
  const layout = (await loadSource('pool/transport/layout.ts')) as typeof Layout;
  const { JOB_SLOT, ORDER_ENTRY, SLOT_STATE } = layout;
  return JOB_SLOT.lengthBytes + SLOT_STATE.lengthBytes + ENTRIES_PER_SLOT * ORDER_ENTRY.lengthBytes;
}

/** Two lines, each with two entries for a slot. */
const ENTRIES_PER_SLOT = 4;
