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
  'cli/jobs-command.ts': 'the user names times from now on, of answers that other hosts have dated',
  'inspect/queues/kept-jobs.ts': 'tells the user how old an answer is, as another host has dated it',
  'inspect/queues/letter.ts': 'tells the user when a job was put and died, as another host has written it',
  'inspect/queues/queue-report.ts': 'tells the user how old a job is, as another host has written it',
  'pool/history/local-history.ts':
    'tells the user when a job was answered; how long it stays goes by the monotonic clock',
  'pool/remote/dead-reason.ts': 'tells the user when a job died',
  'pool/remote/remote-history.ts': 'dates an answer for whoever looks at it, on any host',
  'pool/remote/remote-joins.ts': 'a time that a caller has named, of whichever host; and dates an answer',
  'pool/remote/submitted-jobs.ts':
    'when a job that waits for others is due, for whichever host puts it on its queue',
  'pool/remote/records.ts':
    'says to other hosts when a job was put and when it expires: they have no other clock in common',
  'pool/schedules/ticks.ts': 'a schedule is by the clock of its time zone',
  'pool/steering/steering.ts':
    'takes a time that the user has given by it, and goes by the monotonic clock from then on',
  'queues/engine/held-leases.ts': 'tells the user when a lease ends, and itself goes by the monotonic clock',
  'queues/shared-memory/consumer.ts':
    'tells the user when a lease ends, and itself goes by the monotonic clock',
  'replay/failed-job-files.ts':
    'tells the user when a job failed, and compares with times of files, as another process has written them',
  'segment/segment.ts': 'makes a name that is not there yet',
  'web/page-watch.ts': 'tells the page when something was seen',
  'web/pool-history.ts': 'tells the page when something happened, by the clock that the page has',
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
    'a lease of 1,500 ms that ends': { leastMs: 1_450, outcome: [2, 'ok'] },
    'one that was extended by 2,000 ms': { leastMs: 1_950, outcome: [3, 'ok'] },
  };
  expect(Object.keys(tookMs)).toEqual(Object.keys(expected));
  for (const [name, { leastMs, outcome }] of Object.entries(expected)) {
    expect(tookMs[name], name).toMatchObject(outcome === undefined ? {} : { outcome });
    expect(tookMs[name]!.ms, name).toBeGreaterThanOrEqual(leastMs);
    // An hour too late is what is asked about, not a busy machine.
    expect(tookMs[name]!.ms, name).toBeLessThan(1_800_000);
  }
});
