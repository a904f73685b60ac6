import { SEGMENT_FOLDER } from '../segment/shared-folder.js';
import type { Need } from './permissions.js';

const LINUX = process.platform === 'linux';
const ADDON: Need = { scope: 'addon' };
const CHILD: Need = { scope: 'child' };
/** Which files other processes share. */
const PROC: Need = { scope: 'fs.read', path: '/proc' };
const READ_FOLDER: Need = { scope: 'fs.read', path: SEGMENT_FOLDER };
const WRITE_FOLDER: Need = { scope: 'fs.write', path: SEGMENT_FOLDER };

/** What has to be allowed for a pool. Its memory has no name on Linux; elsewhere it has one for a moment. */
export const POOL_NEEDS: readonly Need[] = LINUX
  ? [ADDON, CHILD, { scope: 'net' }, PROC, READ_FOLDER]
  : [ADDON, CHILD, { scope: 'net' }, READ_FOLDER, WRITE_FOLDER];

/** The same for a queue in shared memory, which asks the system who lives. */
export const QUEUE_NEEDS: readonly Need[] = [ADDON, LINUX ? PROC : CHILD, READ_FOLDER, WRITE_FOLDER];
