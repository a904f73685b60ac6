// Where a process of a pool begins, and what `mproc-worker` is in it: one file, as each more is time at its start.
import { bootOf } from '../boot.js';
import { runChild } from './run-child.js';

export * from '../../in-child.js';

const boot = bootOf(process.argv);
if (boot !== undefined) runChild(boot);
