// Tests of the quick project have no second process: what starts one belongs to the others.
import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';

const STARTS = ['exec', 'execFile', 'execFileSync', 'execSync', 'fork', 'spawn', 'spawnSync'] as const;

for (const name of STARTS)
  Object.assign(childProcess, {
    [name]: (program: unknown) => {
      throw new Error(`a test of the quick project starts a process by ${name}: ${program}`);
    },
  });
syncBuiltinESMExports();
