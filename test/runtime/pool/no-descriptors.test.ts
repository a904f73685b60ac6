import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const PROGRAM = fileURLToPath(new URL('./no-descriptors.program.mjs', import.meta.url));
const run = promisify(execFile);

/** What becomes of it without a descriptor, and what when there are some again. */
async function told(what: string) {
  const words = ['-c', 'ulimit -n 200 && exec "$0" "$@"', process.execPath, PROGRAM, what];
  const { stdout } = await run('bash', words, { timeout: 240_000 });
  return JSON.parse(stdout) as object;
}

const WELL = { works: 'ok', problems: [] };

describe.concurrent('a part that is loaded late, and for which no descriptor is left', () => {
  test.each([
    ['many jobs', 'ok'],
    ['a job out of time', 'ERR_JOB_TIMEOUT'],
    ['a debugger that is opened', 'ok, ok'],
    ['a trace from outside', 'ok, ok'],
  ])('changes nothing for jobs that do not ask for it: %s', async (what, outcome) => {
    expect(await told(what)).toMatchObject({ ...WELL, without: outcome, after: outcome });
  });

  test.each([
    ['stats', 'ok'],
    ['imap', 'ok'],
    ['broadcast', 'fulfilled'],
    ['trace', 'ok'],
    ['submit', 'ok'],
    ['inline', 'ok'],
  ])('is a typed error where the program asks for it, and loads later: %s', async (what, outcome) => {
    expect(await told(what)).toMatchObject({ ...WELL, without: 'ERR_SYSTEM', after: outcome });
  });

  test('keeps no failed job from its answer, and the next is kept', async () => {
    expect(await told('a job that is to be kept')).toMatchObject({
      ...WELL,
      without: 'own error, not kept',
      after: 'own error, kept',
    });
  });
});
