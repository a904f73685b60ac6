// Libraries that are preloaded into a program to have the system answer otherwise than it would.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A library, or what is missing here to make it. */
export type Compiled =
  | { readonly file: string; readonly problem?: undefined; remove(): void }
  | { readonly file?: undefined; readonly problem: string; readonly remove?: undefined };

/**
 * Compiles a source of this folder into a folder of its own, which `remove` takes away.
 * @param source such as `large-pages.c`
 */
export function compiled(source: string): Compiled {
  if (process.platform !== 'linux') return { problem: `nothing can be preloaded on ${process.platform}` };
  const folder = mkdtempSync(join(tmpdir(), 'mproc-native-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const file = join(folder, source.replace(/\.c$/, '.so'));
  const path = fileURLToPath(new URL(source, import.meta.url));
  const { error, status, stderr } = spawnSync('cc', ['-shared', '-fPIC', '-O1', '-o', file, path, '-ldl'], {
    encoding: 'utf8',
  });
  if (status === 0) return { file, remove };
  remove();
  return { problem: `no C compiler that works: ${error?.message ?? stderr.trim().slice(0, 300)}` };
}
