import { unlinkSync } from 'node:fs';
import { createNamed, createNameless, SEGMENT_FOLDER, Segment } from './segment.js';

/**
 * A segment that other processes of ours can open by a path while this process has it.
 * On Linux the path is this process's descriptor, so that there is no file to leave behind; elsewhere it is a file.
 */
export interface Shareable {
  readonly segment: Segment;
  readonly path: string;
}

const LINUX = process.platform === 'linux';
let made = 0;

/** @throws MprocError `ERR_MEMORY_FULL` */
export function createShareable(lengthBytes: number): Shareable {
  if (LINUX) {
    const segment = Segment.createUnlinked(lengthBytes);
    return { segment, path: `/proc/${process.pid}/fd/${segment.fd}` };
  }
  for (;;) {
    const path = nextPath();
    const segment = Segment.createAt(path, lengthBytes);
    if (segment !== undefined) return { segment, path };
  }
}

/**
 * The same as an empty file, which nothing is mapped of or reserved for.
 * @throws MprocError `ERR_MEMORY_FULL`
 */
export function createShareableFile(): { readonly fd: number; readonly path: string } {
  if (LINUX) {
    const fd = createNameless();
    return { fd, path: `/proc/${process.pid}/fd/${fd}` };
  }
  for (;;) {
    const path = nextPath();
    const fd = createNamed(path);
    if (fd !== undefined) return { fd, path };
  }
}

/** As `mproc clean` knows them. One that is taken was left by an earlier process with our pid. */
function nextPath(): string {
  made += 1;
  return `${SEGMENT_FOLDER}/mproc-${process.pid}-shared-${made}`;
}

/** Nobody else will open it: where the path is a file, it goes. */
export function withdrawPath(path: string): void {
  if (LINUX) return;
  try {
    unlinkSync(path);
  } catch {
    // Gone already.
  }
}
