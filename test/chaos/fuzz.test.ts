import { expect, test } from 'vitest';
import type { FigureResult } from './figure.js';
import { runFigure } from './figure-process.js';

interface Found extends FigureResult {
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
async function fuzz(name: string, rounds: number): Promise<Found> {
  const env = { ...process.env, QUEUE_ENGINES: 'shared-memory' };
  return (await runFigure(name, 'reduced', { rounds }, env)) as Found;
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
