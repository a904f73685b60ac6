import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { until } from '../pool/prove-pool.js';
import { type LookedAt, MPROC, mproc, poolsOf, startLookedAt } from './looked-at.js';
import { Terminal } from './terminal.js';

const hasTerminals = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;

/** Shows a program alone: other tests have pools, too. */
async function openTop(program: LookedAt): Promise<Terminal> {
  const terminal = new Terminal(`"${process.execPath}" "${MPROC}" top`);
  await terminal.untilShown('mproc top:');
  terminal.press(`/${program.pid}\r`);
  await terminal.untilShown(`filter: ${program.pid}`);
  return terminal;
}

function expectAsBefore(
  { settings, exitCode }: { settings: string[]; exitCode: string },
  output: string,
): void {
  expect(exitCode).toBe('0');
  expect(settings).toHaveLength(2);
  expect(settings[1]).toBe(settings[0]);
  // The other screen and the hidden cursor, and back.
  expect(output.indexOf('\x1b[?1049h')).toBeGreaterThan(0);
  expect(output.lastIndexOf('\x1b[?1049l')).toBeGreaterThan(output.lastIndexOf('\x1b[?1049h'));
  expect(output.lastIndexOf('\x1b[?25h')).toBeGreaterThan(output.lastIndexOf('\x1b[?25l'));
}

describe.skipIf(!hasTerminals)('mproc top', () => {
  test('shows pools in a screen of any size, and leaves the terminal as it was', async () => {
    await using program = await startLookedAt({
      options: { processes: 3 },
      jobs: [{ kind: 'loop' }, { kind: 'sleep', ms: 600_000 }],
    });
    await using terminal = await openTop(program);
    // Both jobs, of processes that begin one after the other.
    let screen = await terminal.untilShown(/running .* Busy/, 2);
    // What has been read may end in the middle of it.
    await until(() => {
      screen = terminal.screen();
      return screen.length === 24;
    });
    expect(screen.filter((line) => line.length > 80)).toEqual([]);
    expect(screen.filter((line) => line.includes('Busy'))).toHaveLength(2);
    expect(screen[0]).toContain('sort: pool');
    terminal.press('s');
    await terminal.untilShown('sort: cpu');
    spawnSync('stty', ['-F', terminal.path, 'rows', '40', 'cols', '120']);
    const [, job] = program.jobIds;
    await terminal.untilShown(`Busy ${job}`);
    while (terminal.screen().length !== 40) await terminal.untilShown('mproc top:');
    spawnSync('stty', ['-F', terminal.path, 'rows', '5', 'cols', '20']);
    await until(() => terminal.screen().length === 5);
    expect(terminal.screen().filter((line) => line.length > 20)).toEqual([]);
    spawnSync('stty', ['-F', terminal.path, 'rows', '24', 'cols', '80']);
    terminal.press('q');
    expectAsBefore(await terminal.ended(), terminal.output);
  });

  test('shows the stack of a process, and cancels its job if that is wanted', async () => {
    await using program = await startLookedAt({ options: { processes: 1 }, jobs: [{ kind: 'loop' }] });
    await using terminal = await openTop(program);
    await terminal.untilShown(/running .* Busy/);
    terminal.press('d');
    await terminal.untilShown('at loopForever (');
    terminal.press('x');
    await terminal.untilShown(/running .* Busy/);
    const [jobId] = program.jobIds;
    terminal.press('c');
    await terminal.untilShown(`cancel Busy job ${jobId}`);
    terminal.press('n');
    await terminal.untilShown('not canceled');
    expect(poolsOf(program)[0]?.processes[0]?.jobId).toBe(jobId);
    terminal.press('c');
    await terminal.untilShown(`cancel Busy job ${jobId}`);
    terminal.press('y');
    await terminal.untilShown('was asked to cancel');
    await until(() => poolsOf(program)[0]?.failed === 1);
    expect(program.stderr()).toBe('');
    terminal.press('\x03');
    expectAsBefore(await terminal.ended(), terminal.output);
  });

  test.each(['SIGTERM', 'SIGHUP'] as const)(
    'leaves the terminal as it was when it ends by %s',
    async (signal) => {
      await using terminal = new Terminal(`"${process.execPath}" "${MPROC}" top`);
      await terminal.untilShown('mproc top:');
      const [pid] = spawnSync('pgrep', ['-f', '-t', terminal.path.replace('/dev/', ''), 'cli.js top'], {
        encoding: 'utf8',
      })
        .stdout.trim()
        .split('\n')
        .slice(-1);
      process.kill(Number(pid), signal);
      expectAsBefore(await terminal.ended(), terminal.output);
    },
  );

  test('needs a terminal, and says so', () => {
    const { status, stderr, stdout } = mproc('top');
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain('needs a terminal');
  });
});
