import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const PROGRAM = fileURLToPath(new URL('./last-words.program.mjs', import.meta.url));
/** More than the parent reads before it comes to what a death means. */
const MANY_REPORTS = 15_000;
/** After more than a second the parent looks whether what lies in memory can be, before it hears of the death. */
const HEARTBEAT_MS = 1_100;
const LARGE = 4 * 2 ** 20;

/** The system shows to root alone what a dead process has had open. */
const USERS: [string, string[]][] = [
  ['of this user', []],
  ['of another user than root', ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups']],
];
const isRoot = process.geteuid?.() === 0;

function lastWords(wrapper: readonly string[], ...numbers: number[]): unknown {
  const [file = '', ...words] = [...wrapper, process.execPath, PROGRAM, ...numbers.map(String)];
  return JSON.parse(execFileSync(file, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }));
}

describe.runIf(process.platform === 'linux').each(isRoot ? USERS : USERS.slice(0, 1))(
  'what a process %s told before it died',
  (_, wrapper) => {
    test('is its result, and an attempt of that process', () => {
      expect(lastWords(wrapper, 1_000, MANY_REPORTS, 0)).toEqual({
        ok: true,
        isWhole: true,
        isOfProcess: [true],
      });
    });

    test.each([
      ['read before the death is known', 1, 0],
      ['read when it is known', MANY_REPORTS, 0],
      ['missed before it is known', 1, HEARTBEAT_MS],
    ])('is a crash where its large result went with it, %s', (_, reports, blockedMs) => {
      expect(lastWords(wrapper, LARGE, reports, blockedMs)).toEqual({
        ok: false,
        isWhole: false,
        code: 'ERR_PROCESS_CRASHED',
        signal: 'SIGKILL',
        isOfProcess: [true],
      });
    });
  },
);
