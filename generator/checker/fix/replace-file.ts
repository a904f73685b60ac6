import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';

/**
 * Replaces a file whole or not at all, through a temporary sibling; keeps its mode and its byte order mark, and a link stays
 * a link.
 */
export function replaceFile(path: string, text: string): void {
  const target = existing(path);
  const temporary = `${target}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    const descriptor = openSync(temporary, 'wx', 0o644);
    try {
      writeFileSync(descriptor, hasMark(target) ? MARK + text : text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    const mode = modeOf(target);
    if (mode !== undefined) chmodSync(temporary, mode);
    renameSync(temporary, target);
  } catch (error) {
    try {
      unlinkSync(temporary);
    } catch {
      // It was never made, or has its name already.
    }
    throw error;
  }
}

const MARK = '\uFEFF';

function hasMark(path: string): boolean {
  try {
    return readFileSync(path, 'utf8').startsWith(MARK);
  } catch {
    return false;
  }
}

function existing(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function modeOf(path: string): number | undefined {
  try {
    return statSync(path).mode & 0o777;
  } catch {
    return undefined;
  }
}
