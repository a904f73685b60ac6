import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const sources = fileURLToPath(new URL('../../../runtime/src/', import.meta.url));
const clock = fileURLToPath(new URL('./jumping-clock.mjs', import.meta.url));
const program = fileURLToPath(new URL('./timed-program.mjs', import.meta.url));

/** What reads the wall clock, and why that is no measure of time. */
const READERS = {
  'queues/engine/lease-desk.ts': 'tells the user when a lease ends, and itself goes by the monotonic clock',
  'queues/shared-memory/consumer.ts':
    'tells the user when a lease ends, and itself goes by the monotonic clock',
  'segment/segment.ts': 'makes a name that is not there yet',
};

test('nothing in the runtime measures time by the wall clock', () => {
  const files = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !/^(testing|clock)\b/.test(file),
  );
  const readers = files.filter((file) =>
    /\bDate\.now\b|\bnew Date\(\)|\bwallClockMs\(/.test(readFileSync(sources + file, 'utf8')),
  );
  expect(readers.sort()).toEqual(Object.keys(READERS).sort());
});

test('times are kept though the wall clock jumps by hours, in the parent and in its processes', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', clock, program]);
  const { tookMs, jumps } = JSON.parse(stdout) as {
    tookMs: Record<string, { ms: number; outcome: unknown }>;
    jumps: number;
  };
  expect(jumps).toBe(3);
  const expected: Record<string, { leastMs: number; outcome?: unknown }> = {
    'timeoutMs of 500': { leastMs: 500, outcome: ['ERR_JOB_TIMEOUT', true] },
    'a retry 300 ms later': { leastMs: 700, outcome: 2 },
    'idleTimeoutMs of 600': { leastMs: 550 },
    'a value delayed by 300 ms': { leastMs: 250, outcome: 'delayed' },
    'a lease of 400 ms that ends': { leastMs: 350, outcome: [2, 'ok'] },
    'one that was extended by 900 ms': { leastMs: 850, outcome: [3, 'ok'] },
  };
  expect(Object.keys(tookMs)).toEqual(Object.keys(expected));
  for (const [name, { leastMs, outcome }] of Object.entries(expected)) {
    expect(tookMs[name], name).toMatchObject(outcome === undefined ? {} : { outcome });
    expect(tookMs[name]!.ms, name).toBeGreaterThanOrEqual(leastMs);
    // An hour too late is what is asked about, not a busy machine.
    expect(tookMs[name]!.ms, name).toBeLessThan(25_000);
  }
}, 240_000);
