import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CHECKOUT, emptyFolder } from '../place/place.js';

const ENTER = '\r';
const DOWN = '\u001b[B';
const CTRL_C = '\u0003';
const WATCHDOG_MS = 240_000;

interface Step {
  /** What has to be on the screen before the keys are pressed. */
  readonly seen: RegExp;
  readonly keys: string;
}

const hasScript = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;

/** Runs the program on a terminal of its own, and presses keys as its questions appear. */
function onTerminal(
  folder: string,
  args: readonly string[],
  steps: readonly Step[],
  environment: NodeJS.ProcessEnv = {},
) {
  const bin = join(CHECKOUT, 'bin/create-mproc-worker.js');
  // The terminal that `script` makes has no width until it is given one.
  const command = ['stty', 'cols', '100', 'rows', '40;', 'exec', process.execPath, bin, ...args].join(' ');
  const { CI: _ci, ...inherited } = process.env;
  return new Promise<{ code: number | null; screen: string }>((resolve, reject) => {
    const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
      cwd: folder,
      env: { ...inherited, TERM: 'xterm-256color', ...environment },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const watchdog = setTimeout(() => child.kill('SIGKILL'), WATCHDOG_MS);
    const open = [...steps];
    let screen = '';
    let from = 0;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      screen += text;
      const step = open[0];
      if (!step?.seen.test(screen.slice(from))) return;
      open.shift();
      from = screen.length;
      child.stdin.write(step.keys);
    });
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(watchdog);
      resolve({ code, screen });
    });
  });
}

test.skipIf(!hasScript)('on a terminal what was not given is asked, and the answers are used', async () => {
  const folder = emptyFolder();
  const { code, screen } = await onTerminal(
    folder,
    ['--no-git'],
    [
      { seen: /Where shall the project be/, keys: `demo${ENTER}` },
      { seen: /What does it begin with/, keys: DOWN + ENTER },
      { seen: /What keeps the jobs/, keys: ENTER },
      { seen: /Install the dependencies/, keys: `n` },
    ],
  );
  expect(code, screen).toBe(0);
  const manifest = JSON.parse(readFileSync(join(folder, 'demo/.mproc/manifest.json'), 'utf8'));
  expect(manifest.answers).toMatchObject({ name: 'demo', template: 'crawler', queue: 'none' });
});

test.skipIf(!hasScript)('a bare add asks what, and Enter takes what is shown', async () => {
  const folder = emptyFolder();
  const made = await onTerminal(folder, ['demo', '--yes', '--no-git'], []);
  expect(made.code, made.screen).toBe(0);
  const { code, screen } = await onTerminal(
    join(folder, 'demo'),
    ['add'],
    [
      { seen: /What do you want to add/, keys: ENTER },
      { seen: /What is the worker called/, keys: ENTER },
      { seen: /What does process\(\) take/, keys: ENTER },
      { seen: /What does process\(\) return/, keys: ENTER },
    ],
  );
  expect(code, screen).toBe(0);
  expect(readFileSync(join(folder, 'demo/src/workers/order-mail.worker.ts'), 'utf8')).toContain(
    'class OrderMail extends Worker<number, number>',
  );
});

test('add --help shows all that can be added, with the options of each', () => {
  const bin = join(CHECKOUT, 'bin/create-mproc-worker.js');
  const { status, stdout } = spawnSync(process.execPath, [bin, 'add', '--help'], { encoding: 'utf8' });
  expect(status).toBe(0);
  for (const kind of ['worker', 'listener', 'queue', 'strategy'])
    expect(stdout).toContain(`add ${kind} <Name>`);
  for (const flag of ['--args', '--events', '--engine']) expect(stdout).toContain(flag);
});

test.skipIf(!hasScript)('a wrong answer is told at the question, and may be mended', async () => {
  const folder = emptyFolder();
  const { code, screen } = await onTerminal(
    folder,
    ['--template', 'sums', '--queue', 'none', '--no-install', '--no-git'],
    [
      { seen: /Where shall the project be/, keys: `de<mo${ENTER}` },
      { seen: /cannot be the folder/, keys: `\u007f\u007f\u007fmo${ENTER}` },
    ],
  );
  expect(code, screen).toBe(0);
  expect(readdirSync(folder)).toEqual(['demo']);
});

test.skipIf(!hasScript)('Ctrl-C at a question is exit code 130, and nothing is written', async () => {
  const folder = emptyFolder();
  const { code, screen } = await onTerminal(
    folder,
    ['demo'],
    [{ seen: /What does it begin with/, keys: CTRL_C }],
  );
  expect({ code, nothing: /Nothing was written/.test(screen) }).toEqual({ code: 130, nothing: true });
  expect(readdirSync(folder)).toEqual([]);
});

test.skipIf(!hasScript)('with --yes, and in CI, a terminal is not asked', async () => {
  const folder = emptyFolder();
  expect((await onTerminal(folder, ['one', '--yes', '--no-git'], [])).code).toBe(0);
  expect(existsSync(join(folder, 'one/src/main.ts'))).toBe(true);
  const inCi = await onTerminal(folder, ['two', '--no-git'], [], { CI: 'true' });
  expect({ code: inCi.code, why: /--template is missing/.test(inCi.screen) }).toEqual({ code: 2, why: true });
});

test('with its stdin closed it answers as it does without a terminal', () => {
  const command = `"${process.execPath}" "${join(CHECKOUT, 'bin/create-mproc-worker.js')}" demo <&-`;
  const { status, stderr } = spawnSync('sh', ['-c', command], { cwd: emptyFolder(), encoding: 'utf8' });
  expect({ status, stderr }).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('--template is missing'),
  });
});

test('a reader that leaves early is no failure', () => {
  const command = `"${process.execPath}" "${join(CHECKOUT, 'bin/create-mproc-worker.js')}" --help | head -n 1`;
  const { status, stdout, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', command], {
    encoding: 'utf8',
  });
  expect({ status, stderr, lines: stdout.split('\n').length }).toEqual({ status: 0, stderr: '', lines: 2 });
});

if (!hasScript) console.log('skipped: there is no `script` of util-linux here to make a terminal with');
