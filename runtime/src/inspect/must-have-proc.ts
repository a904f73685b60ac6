import { statSync } from 'node:fs';
import { MprocError } from '../errors/errors.js';

/** @throws MprocError `ERR_PLATFORM` where one process cannot look at another */
export function mustHaveProc(command: string): void {
  const isThere =
    process.platform === 'linux' && statSync('/proc/self/fd', { throwIfNoEntry: false }) !== undefined;
  if (isThere) return;
  throw new MprocError(
    'ERR_PLATFORM',
    `mproc ${command} looks at other processes through /proc, which Linux has and ${process.platform} does not show; ask the pool itself by pool.stats()`,
  );
}
