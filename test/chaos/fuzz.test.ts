import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const RUN = fileURLToPath(new URL('./run.mjs', import.meta.url));

interface Found {
  readonly seed: number;
  readonly rounds?: number;
  readonly problems?: readonly string[];
  readonly replay?: string;
  readonly stderr?: string;
  /** What the round did that failed. */
  readonly history?: readonly string[];
  readonly ok: boolean;
}

/** Each round has a seed of its own, from a fresh one on. */
function fuzz(name: string, rounds: number): Promise<Found> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [RUN, name, '--rounds', String(rounds), '--json', '--built'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, QUEUE_ENGINES: 'shared-memory' },
    });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
    });
    child.on('close', (code) => {
      try {
        resolve(JSON.parse(text.trim().split('\n').at(-1)!));
      } catch {
        reject(new Error(`${name} ended with ${code} and said ${text}`));
      }
    });
  });
}

/** All that is known of a round that failed, which may not fail again when it is replayed. */
function messageOf({ seed, problems = [], replay, stderr, history = [] }: Found): string {
  const parts = [
    `of seed ${seed}:`,
    ...problems,
    `replay: ${replay}`,
    `stderr: ${stderr}`,
    'history:',
    ...history,
  ];
  return parts.join('\n');
}

test.each([
  ['fuzz', 10, 'a pool'],
  ['fuzz-queue', 3, 'queues in shared memory'],
  ['fuzz-hosts', 2, 'hosts around a queue'],
])(
  '%s: %i fresh seeds of random operations find nothing wrong with %s',
  async (name, rounds) => {
    const found = await fuzz(name, rounds);
    console.log(`${name}: seed ${found.seed}, ${found.rounds} rounds`);
    expect(found.problems ?? [], found.ok ? '' : messageOf(found)).toEqual([]);
    expect({ ok: found.ok, rounds: found.rounds }).toEqual({ ok: true, rounds });
  },
  600_000,
);
