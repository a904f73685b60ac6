import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const PROGRAM = fileURLToPath(new URL('./loud-program.mjs', import.meta.url));
const MIB = 2 ** 20;
const LONG_MS = 600_000;

/** Starts the program; its stderr is a pipe that nobody reads yet. */
function start(
  how: string,
  lines: number,
): { program: ChildProcess; said: AsyncIterator<string>; stderr: Readable } {
  const program = spawn(process.execPath, [PROGRAM, how, String(lines)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = createInterface({ input: program.stdout! })[Symbol.asyncIterator]();
  return { program, said, stderr: program.stderr! };
}

async function nextOf(said: AsyncIterator<string>): Promise<never> {
  const { value } = await said.next();
  return JSON.parse(value as string) as never;
}

interface Seen {
  readonly answered: number;
  readonly waitingBytes: number;
  readonly rssBytes: number;
}

interface Told {
  readonly ok: boolean;
  readonly body?: { readonly rssBytes: number; readonly queuedBytes: number };
  readonly stderr?: string;
  readonly jobId: string;
}

describe('while nobody reads the stderr of a program', () => {
  test.each(['through its stream', 'directly'])(
    'a job that writes %s waits, and nothing piles up in memory',
    async (how) => {
      const lines = 60_000;
      const { program, said, stderr } = start(how, lines);
      const seen: Seen = await nextOf(said);
      expect(seen.waitingBytes).toBeLessThan(2 * MIB);
      expect(seen).toMatchObject({ answered: 0 });
      let bytes = 0;
      stderr.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      const told: Told[] = await nextOf(said);
      expect(told.map(({ ok }) => ok)).toEqual([true, true]);
      for (const { body } of told) expect(body!.queuedBytes).toBe(0);
      await once(program, 'close');
      expect(bytes).toBe(2 * 1_000 * lines);
    },
    LONG_MS,
  );

  test(
    'what a process says last before it dies is in its error, and comes when it is read',
    async () => {
      const { program, said, stderr } = start('and dies', 100);
      await nextOf(said);
      const told: Told[] = await nextOf(said);
      let text = '';
      stderr.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      await once(program, 'close');
      for (const { ok, stderr: tail, jobId } of told) {
        expect(ok).toBe(false);
        expect(tail).toMatch(new RegExp(`last words of ${jobId}$`));
        expect(text).toContain(`last words of ${jobId}\n`);
      }
    },
    LONG_MS,
  );
});

test(
  'a program whose stderr leads nowhere any more lives, and so do its jobs',
  async () => {
    const { program, said, stderr } = start('through its stream', 3_000);
    stderr.destroy();
    const seen: Seen = await nextOf(said);
    expect(seen.waitingBytes).toBeLessThan(MIB);
    const told: Told[] = await nextOf(said);
    expect(told.map(({ ok }) => ok)).toEqual([true, true]);
    const [exitCode] = await once(program, 'close');
    expect(exitCode).toBe(0);
  },
  LONG_MS,
);
