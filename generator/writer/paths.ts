import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { shown, WorkError } from '../output/failure.js';
import type { Found } from '../plan/make-plan.js';

/** The parts of a path below a root. Anything that could lead elsewhere is refused. */
export function partsOf(path: string): string[] {
  const parts = path.split('/');
  const isSound = parts.every(
    (part) => part !== '' && part !== '.' && part !== '..' && !/[\\\0\r\n]/.test(part),
  );
  if (!isSound)
    throw new WorkError('ERR_PATH', `${shown(path)} is no path below the project; nothing was written`);
  return parts;
}

/**
 * What a path below the root holds. A link, or anything else that is no folder, on the way there blocks it, and so does
 * anything but a file at its end: nothing is written through a link.
 */
export function lookBelow(root: string, path: string): Found {
  const parts = partsOf(path);
  let place = root;
  for (const [index, part] of parts.entries()) {
    place = join(place, part);
    const status = lstatSync(place, { throwIfNoEntry: false });
    if (!status) return { kind: 'absent' };
    const isLast = index === parts.length - 1;
    if (status.isSymbolicLink())
      return { kind: 'blocked', why: `${parts.slice(0, index + 1).join('/')} is a link` };
    if (!isLast && !status.isDirectory())
      return { kind: 'blocked', why: `${parts.slice(0, index + 1).join('/')} is not a folder` };
    if (isLast && !status.isFile()) return { kind: 'blocked', why: 'it is not a file' };
  }
  return { kind: 'file', bytes: readFileSync(place) };
}

/** The bytes of a file below the root, `undefined` when it is not there. */
export function bytesBelow(root: string, path: string): Buffer | undefined {
  const found = lookBelow(root, path);
  if (found.kind === 'blocked') throw new WorkError('ERR_PATH', `${path} is not written: ${found.why}`);
  return found.kind === 'file' ? found.bytes : undefined;
}

/** The folders between the root and a file, outermost first. */
export function foldersOf(path: string): string[] {
  const parts = partsOf(path).slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}
