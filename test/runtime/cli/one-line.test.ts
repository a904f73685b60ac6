import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const CLI = fileURLToPath(new URL('../../../runtime/dist/cli.js', import.meta.url));

/** What nobody can mean: each command has something to say against it. */
test.each([
  ['dump', ['all', '--profile', 'soon'], 1, /^mproc dump: --profile takes a time, .*; received soon\n$/],
  [
    'dump',
    ['not-a-job'],
    1,
    /^mproc dump: no process of a pool of yours has .* not-a-job; mproc ps lists them\n$/,
  ],
  ['trace', ['not-a-pid'], 1, /^mproc trace: no pool of yours has the pid not-a-pid, .*\n$/],
  ['replay', ['not-a-file'], 2, /^mproc replay: .*not-a-file.*\n$/],
  ['ps', ['--nosuch'], 1, /^mproc ps: has no flag "--nosuch"; see mproc ps --help\n$/],
  ['ps', ['extra'], 1, /^mproc ps: has no place for "extra"; see mproc ps --help\n$/],
  ['top', ['-x'], 1, /^mproc top: has no flag "-x"; .*\n$/],
  ['dump', ['1', '2'], 1, /^mproc dump: has no place for "2"; .*\n$/],
  ['clean', ['--forse'], 1, /^mproc clean: has no flag "--forse"; .*\n$/],
  ['replay', ['a', 'b'], 2, /^mproc replay: has no place for "b"; .*\n$/],
])('mproc %s tells what is wrong with %j in one line', async (command, args, exitCode, line) => {
  const told = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
    execFile(process.execPath, [CLI, command, ...args], (error, _, stderr) =>
      resolve({ code: error?.code ?? 0, stderr }),
    );
  });
  expect(told).toEqual({ code: exitCode, stderr: expect.stringMatching(line) });
});
