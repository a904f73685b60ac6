import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Writes a file that must not be there yet, and waits until the disk has it. */
export function writeDurably(path: string, bytes: Buffer, mode = 0o666): void {
  const descriptor = openSync(path, 'wx', mode);
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Puts a file in place of another in one step: who reads sees the one or the other, whole. */
export function replaceDurably(path: string, bytes: Buffer, id: string, mode?: number): void {
  const sibling = siblingOf(path, id);
  rmSync(sibling, { force: true });
  try {
    writeDurably(sibling, bytes, mode);
    renameSync(sibling, path);
  } catch (error) {
    rmSync(sibling, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
}

export function siblingOf(path: string, id: string): string {
  return join(dirname(path), `.${basename(path)}.${id}.mproc-new`);
}

/** Makes the names in a folder outlive a power cut. Some file systems cannot, and need not. */
export function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    closeSync(descriptor);
  }
}

/** @returns whether the folder was made, not found */
export function makeFolder(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * A folder with those above it. That of Node.js tries for ever where the system has no such file and the folder above is there,
 * as in /proc.
 */
export function makeFolders(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
    const above = dirname(folder);
    if (code !== 'ENOENT' || above === folder || existsSync(above)) throw error;
    makeFolders(above);
    makeFolders(folder);
  }
}

/** For what is only tidiness: the next run does it if this one cannot. */
export function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // Recovery sweeps what stays.
  }
}
