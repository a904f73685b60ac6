import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { OptionError, ProcessPool, RetryStrategy } from 'mproc-worker';
import { describe, expect, test } from 'vitest';
import { withMoreTime } from '../../more-time.js';
import { Echo } from './jobs.worker.js';
import { provePool } from './prove-pool.js';
import { Talks } from './talks.worker.js';

const PROGRAM = fileURLToPath(new URL('./output.program.mjs', import.meta.url));
const JOBS = 3;
/** As many as each prints: more than a pipe holds. */
const LINES = 400;

/** How many lines the jobs of the program have printed; they are not read before the first is about to print. */
async function linesOf(to: 'stdout' | 'stderr', how: string): Promise<number> {
  const program = spawn(process.execPath, [PROGRAM, to, how, String(JOBS)], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  await once(program.stdio[3] as Readable, 'data');
  let text = '';
  program[to]!.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  program[to === 'stdout' ? 'stderr' : 'stdout']!.resume();
  await once(program, 'close');
  return text.split('\n').filter((line) => /^\d+ x{990}$/.test(line)).length;
}

describe.each(['stdout', 'stderr'] as const)('to %s', (to) => {
  test.each(['close', 'destroy', 'nothing', 'a limit of jobs', 'exit', 'kill', 'throw later'])(
    'all that jobs have printed arrives where the end is: %s',
    async (how) => {
      expect(await linesOf(to, how)).toBe(JOBS * LINES);
    },
  );

  test('all that jobs have printed arrives where a signal ends the program', async () => {
    const lines = await linesOf(to, 'a signal');
    // One job of each process, and no other was begun.
    expect(lines % LINES).toBe(0);
    expect(lines).toBeGreaterThan(0);
  });
});

describe("with output: 'response'", () => {
  const outputs = ['plain', 'directly', 'throws', 'gives a function', 'dies', 'spins', 'plain'];

  // All but the one that spins end before their time is over.
  test('each response has what its job has printed, by whatever means, and however it has ended', () =>
    withMoreTime([2_000, 15_000, 60_000], printsAll));

  async function printsAll(timeoutMs: number): Promise<void> {
    await provePool({ output: 'response' }, async (pool) => {
      const responses = await pool.map(new Talks(), outputs, { timeoutMs });
      expect(responses.map(({ output }) => output)).toEqual(
        outputs.map((how) => ({
          stdout: `out ${how}\n${how === 'directly' ? 'written\nby a program\n' : ''}`,
          stderr: `err ${how}\n`,
        })),
      );
      expect(responses[4]!.error).toMatchObject({ code: 'ERR_PROCESS_CRASHED', stderr: 'err dies' });
    });
  }

  test('it has what all attempts have printed, and of much the end', async () => {
    await provePool({ output: 'response' }, async (pool) => {
      const worker = new Talks();
      worker.retryStrategy = new RetryStrategy({ maxRetries: 2, type: 'immediately' });
      expect((await pool.run(worker, 'throws')).output).toEqual({
        stdout: 'out throws\n'.repeat(3),
        stderr: 'err throws\n'.repeat(3),
      });
      const { stdout } = (await pool.run(worker, 'much')).output!;
      expect(stdout).toHaveLength(2 ** 20);
      expect(stdout.slice(-10)).toBe('x\nthe end\n');
    });
  });

  test('a job that closes a stream, and what goes on to print there, fails no job and holds up nobody', async () => {
    await provePool({ output: 'response', processes: 1 }, async (pool) => {
      const hows = ['leaves a program that prints', 'closes its stdout', 'gives a function', 'plain'];
      const responses = await pool.map(new Talks(), hows);
      expect(responses.map(({ ok }) => ok)).toEqual([true, true, false, true]);
      expect(responses[2]!.error).toMatchObject({ code: 'ERR_VALUE' });
      expect(responses[3]!.output!.stderr).toContain('err plain\n');
      process.kill(responses[0]!.body as number, 'SIGKILL');
    });
  });

  test('small jobs that follow each other have each their own', async () => {
    await provePool({ output: 'response' }, async (pool) => {
      const names = Array.from({ length: 500 }, (_, index) => `job ${index}`);
      const responses = await pool.map(new Talks(), names);
      expect(responses.map(({ output }) => output!.stdout)).toEqual(names.map((name) => `out ${name}\n`));
      expect(JSON.parse(JSON.stringify(responses[7]))).toMatchObject({ output: { stderr: 'err job 7\n' } });
    });
  });

  test('jobs side by side, and other words, are refused; without it there is no output', async () => {
    expect(() => new ProcessPool({ output: 'response', concurrency: 2 })).toThrow(OptionError);
    expect(() => new ProcessPool({ output: 'logger' as never })).toThrow(/option output must be/);
    await provePool({}, async (pool) => {
      expect((await pool.run(new Echo(), 1)).output).toBeUndefined();
    });
  });
});
