// Counts how often a process is tried to be made. To be loaded before the library is.
import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';

const { spawn } = childProcess;
export let tries = 0;
childProcess.spawn = (...values) => {
  tries += 1;
  return spawn(...values);
};
syncBuiltinESMExports();
