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
  const told = await run(process.execPath, [CLI, command, ...args]);
  expect(told).toEqual({ code: exitCode, stderr: expect.stringMatching(line) });
});

test('a command that finds no descriptor to be read by says so in one line', async () => {
  const lacks =
    /^mproc ps: .*: EMFILE, this process has no descriptors left; close some, or raise `ulimit -n`\n$/;
  const told: string[] = [];
  const isLater = Number(process.versions.node.split('.')[0]) > 22;
  // How many Node.js itself needs differs; with fewer, it is Node.js that ends the program.
  for (let most = 16; most <= 48; most += 1) {
    const { stderr } = await run('sh', ['-c', `ulimit -n ${most}; exec "$0" "$1" ps`, process.execPath, CLI]);
    if (!/^node:|^\S*node\[|Node\.js v/m.test(stderr)) told.push(stderr);
  }
  expect(told.filter((text) => text !== '' && !lacks.test(text))).toEqual([]);
  // Later releases need as many for themselves, by the time that they look for the command, as it needs.
  if (!isLater) expect(told.filter((text) => lacks.test(text)).length).toBeGreaterThan(0);
  expect(told.at(-1)).toBe('');
});

function run(program: string, args: readonly string[]) {
  return new Promise<{ code: unknown; stderr: string }>((resolve) => {
    execFile(program, args, (error, _, stderr) => resolve({ code: error?.code ?? 0, stderr }));
  });
}
