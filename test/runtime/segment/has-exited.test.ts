import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { hasExited, tellsOfExit } from '../../../runtime/src/segment/has-exited.js';

// As Linux has them: state, parent, group, session, terminal, its group, flags, and what follows.
test.each([
  ['runs', '7 (node) R 1 7 7 0 -1 4194304 5 0', false],
  ['sleeps', '7 (node) S 1 7 7 0 -1 1077936128 5 0', false],
  ['is a zombie', '7 (node) Z 1 7 7 0 -1 4227084 5 0', true],
  ['is about to be one, and has no memory any more', '7 (node) R 1 7 7 0 -1 4194308 5 0', true],
  ['runs under a name that looks like an end', '7 (a) Z 1 1 (b) R 1 7 7 0 -1 4194304 5 0', false],
])('a process that %s', (_, stat, isEnd) => {
  expect(tellsOfExit(stat)).toBe(isEnd);
});

test.runIf(process.platform === 'linux')(
  'a process has ended when it was killed, and not before',
  async () => {
    const child: ChildProcess = spawn('sleep', ['60'], { stdio: 'ignore' });
    const { pid } = child as { pid: number };
    expect(hasExited(pid)).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(hasExited(pid)).toBe(true);
  },
);
