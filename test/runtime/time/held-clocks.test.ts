import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const PROGRAM = fileURLToPath(new URL('./held-clocks.program.mjs', import.meta.url));

describe.each(['node:test', 'fake-timers'])('while all clocks are held by %s', (by) => {
  test.each(['before', 'after'])(
    'calls end, attempts are retried and limited, and the program lives meanwhile: held %s the library is loaded',
    (when) => {
      const said = execFileSync(process.execPath, ['--no-warnings', PROGRAM, by, when], { encoding: 'utf8' });
      expect(JSON.parse(said)).toEqual({
        many: 2_000,
        retried: [true, 3],
        late: 'ERR_JOB_TIMEOUT',
        read: [1, 2, 3],
      });
    },
  );
});
