import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JobResponse, ProcessPool } from 'mproc-worker';
import { afterAll, describe, expect, test } from 'vitest';
import { localTicks } from '../../../runtime/src/pool/schedules/local-ticks.js';
import { until } from '../pool/prove-pool.js';
import { Gated } from '../remote/gated.worker.mjs';
import { notedIn } from '../remote/hosts.js';

const folder = mkdtempSync(join(tmpdir(), 'mproc-schedules-'));
afterAll(() => rmSync(folder, { recursive: true }));

function make(name: string) {
  const file = join(folder, name);
  const pool = new ProcessPool({
    processes: 'inline',
    concurrency: 3,
    logger: { ...console, error: () => {} },
  });
  const gated = Object.assign(new Gated(), { file });
  const noted = (what: string) => notedIn(file).filter((one) => one.what === what);
  return { pool, gated, gate: `${file}-gate`, noted };
}

describe('a schedule of a pool without queues', () => {
  test('runs a job at each tick, until it is unscheduled', async () => {
    const { pool, gated, noted } = make('ticks');
    await pool.schedule('often', { everyMs: 100 }, gated, { n: 1 });
    expect(pool.schedules()).toEqual([
      {
        name: 'often',
        worker: 'Gated',
        everyMs: 100,
        overlap: 'skip',
        catchUp: 'none',
        nextAt: expect.any(Date),
      },
    ]);
    expect(pool.schedules()[0]!.nextAt.getTime() % 100).toBe(0);
    await until(() => noted('ended').length >= 3);
    expect(pool.unschedule('often')).toBe(true);
    expect(pool.unschedule('often')).toBe(false);
    expect(pool.schedules()).toEqual([]);
    await pool.close();
    const count = noted('began').length;
    expect(noted('began')).toHaveLength(count);
  });

  test.each([
    ['skip', 1],
    ['allow', 3],
    ['queue', 1],
  ] as const)('%s: %i at once', async (overlap, atOnce) => {
    const { pool, gated, gate, noted } = make(overlap);
    await pool.schedule('often', { everyMs: 100, overlap }, gated, { n: 1, gate });
    await until(() => noted('began').length === atOnce);
    const from = Date.now();
    await until(() => Date.now() > from + 500);
    expect(noted('began')).toHaveLength(atOnce);
    writeFileSync(gate, '');
    pool.unschedule('often');
    await until(() => noted('ended').length === (overlap === 'skip' ? 1 : noted('began').length));
    // Those that have come meanwhile are run.
    if (overlap === 'queue') await until(() => noted('ended').length >= 4);
    await pool.close();
  });

  test('queue: no more than a thousand ticks wait', async () => {
    let began = 0;
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const run = async () => {
      began += 1;
      await ended;
      return JobResponse.success(undefined);
    };
    const warnings: unknown[] = [];
    const sink = localTicks(run, { ...console, warn: (text: unknown) => warnings.push(text) });
    // The first of them runs.
    const puts = [sink.put('often', 0, 'queue')];
    await until(() => began === 1);
    for (let tick = 1; tick <= 1_003; tick += 1) puts.push(sink.put('often', tick, 'queue'));
    expect(warnings).toEqual(
      Array(3).fill(expect.stringMatching(/^schedule often: 1000 ticks wait .*is left out$/)),
    );
    end();
    await Promise.all(puts);
    expect(began).toBe(1_001);
  });

  test('a cron expression has the hours of its zone, and close ends it', async () => {
    const { pool, gated } = make('cron');
    await pool.schedule('night', { cron: '30 3 * * *', timeZone: 'Asia/Tokyo' }, gated, { n: 1 });
    await pool.schedule('utc', { cron: '30 3 * * *' }, gated, { n: 1 });
    const [night, utc] = pool.schedules();
    expect(night!.nextAt.toISOString()).toMatch(/T18:30:00\.000Z$/);
    expect(utc!.nextAt.toISOString()).toMatch(/T03:30:00\.000Z$/);
    expect(utc!.timeZone).toBe('UTC');
    await pool.close();
    expect(pool.schedules()).toEqual([]);
  });

  test('wrong options get one line', async () => {
    const { pool, gated } = make('wrong');
    const wrong: [string, object, RegExp][] = [
      ['a b', { everyMs: 1_000 }, /^a schedule must have a name of letters/],
      ['a', {}, /^a schedule needs option cron or everyMs, and one of them alone$/],
      ['a', { everyMs: 1_000, cron: '* * * * *' }, /one of them alone/],
      ['a', { everyMs: 99 }, /^option everyMs must be a whole number of milliseconds, 100 at least/],
      ['a', { everyMs: 1_000, timeZone: 'UTC' }, /^option timeZone goes with cron/],
      [
        'a',
        { cron: '61 * * * *' },
        /^option cron must be an expression as '0 3 \* \* \*'.*Invalid value for minute: 61/,
      ],
      ['a', { cron: 5 }, /^option cron must be a text; received 5$/],
      ['a', { cron: '0 0 30 2 *' }, /names a time that does not come$/],
      [
        'a',
        { cron: '* * * * *', timeZone: 'Mars/Base' },
        /^option timeZone must be a name as 'Europe\/Berlin'; received "Mars\/Base"$/,
      ],
      [
        'a',
        { everyMs: 1_000, overlap: 'maybe' },
        /^option overlap must be one of skip, allow, queue; received maybe$/,
      ],
      [
        'a',
        { everyMs: 1_000, catchUp: true },
        /^option catchUp must be one of none, last, all; received true$/,
      ],
      ['a', { everyMs: 1_000, overlaps: 'skip' }, /^schedule has no option overlaps; did you mean overlap\?/],
    ];
    for (const [name, options, message] of wrong)
      await expect(pool.schedule(name, options, gated, { n: 1 })).rejects.toMatchObject({
        code: 'ERR_OPTION',
        message: expect.stringMatching(message),
      });
    await pool.schedule('a', { cron: '@daily' }, gated, { n: 1 });
    await expect(pool.schedule('a', { cron: '@daily' }, gated, { n: 1 })).rejects.toThrow(
      /has a schedule a already/,
    );
    await pool.destroy();
    await expect(pool.schedule('b', { cron: '@daily' }, gated, { n: 1 })).rejects.toMatchObject({
      code: 'ERR_POOL_CLOSED',
    });
  });
});
