import { type Queue, SharedMemoryQueue } from 'mproc-worker';
import { describe, expect, test } from 'vitest';
import { remoteTicks } from '../../../runtime/src/pool/schedules/remote-ticks.js';
import { type Clock, type Plan, Scheduler } from '../../../runtime/src/pool/schedules/scheduler.js';
import { TickLog } from '../../../runtime/src/pool/schedules/tick-log.js';
import { ticksBetween, ticksOf } from '../../../runtime/src/pool/schedules/ticks.js';
import { seeded } from '../values/random-values.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** A time that goes on as events are due, and waits for what they lead to. */
class World {
  nowMs: number;
  readonly #events = new Map<number, { at: number; happen: () => unknown }>();
  readonly #pending: Promise<unknown>[] = [];
  #last = 0;

  constructor(from: string) {
    this.nowMs = Date.parse(from);
  }

  after(ms: number, happen: () => unknown): () => void {
    this.#last += 1;
    const id = this.#last;
    this.#events.set(id, { at: this.nowMs + ms, happen });
    return () => this.#events.delete(id);
  }

  /** The clock of a host, which may be wrong. */
  clock(offMs: number | (() => number) = 0): Clock {
    const off = typeof offMs === 'number' ? () => offMs : offMs;
    return { now: () => this.nowMs + off(), wait: (ms, wake) => this.after(ms, wake) };
  }

  until(done: Promise<unknown>): void {
    this.#pending.push(done);
  }

  async goTo(to: string): Promise<void> {
    for (const end = Date.parse(to); ; ) {
      let next: number | undefined;
      let at = end;
      for (const [id, event] of this.#events)
        if (event.at <= at && (event.at < at || next === undefined)) [next, at] = [id, event.at];
      if (next === undefined) break;
      const { happen } = this.#events.get(next)!;
      this.#events.delete(next);
      this.nowMs = Math.max(this.nowMs, at);
      happen();
      while (this.#pending.length > 0) await Promise.all(this.#pending.splice(0));
    }
    this.nowMs = Date.parse(to);
  }
}

const plan = (ticks: Plan['ticks'], onTick: Plan['onTick'], more: Partial<Plan> = {}): Plan => ({
  name: 'night',
  overlap: 'skip',
  catchUp: 'none',
  ticks,
  onTick,
  ...more,
});

/** What one host does in a time. */
async function ticksIn(from: string, to: string, cron: string, timeZone: string): Promise<string[]> {
  const world = new World(from);
  const came: string[] = [];
  const ticks = ticksOf(cron, undefined, timeZone);
  const scheduler = new Scheduler(
    world.clock(),
    plan(ticks, (at) => came.push(new Date(at).toISOString())),
    console,
  );
  await world.goTo(to);
  scheduler.stop();
  return came;
}

describe('the hours of a time zone, over a month with its change', () => {
  test.each([
    // The hour from 2 to 3 is not there: what is in it comes when it would have ended.
    [
      'Europe/Berlin',
      '30 2 * * *',
      '2026-03-01T00:00:00Z',
      '2026-04-01T00:00:00Z',
      31,
      ['2026-03-28T01:30:00.000Z', '2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z'],
    ],
    [
      'America/New_York',
      '30 2 * * *',
      '2026-03-01T05:00:00Z',
      '2026-04-01T04:00:00Z',
      31,
      ['2026-03-07T07:30:00.000Z', '2026-03-08T07:00:00.000Z', '2026-03-09T06:30:00.000Z'],
    ],
    // The hour is there twice: it comes the first time.
    [
      'Europe/Berlin',
      '30 2 * * *',
      '2026-10-01T00:00:00Z',
      '2026-11-01T00:00:00Z',
      31,
      ['2026-10-24T00:30:00.000Z', '2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z'],
    ],
    [
      'America/New_York',
      '30 1 * * *',
      '2026-11-01T04:00:00Z',
      '2026-12-01T05:00:00Z',
      30,
      ['2026-11-01T05:30:00.000Z', '2026-11-02T06:30:00.000Z'],
    ],
    // What comes every hour does so through it.
    [
      'Europe/Berlin',
      '0 * * * *',
      '2026-10-01T00:00:00Z',
      '2026-11-01T00:00:00Z',
      744,
      ['2026-10-25T00:00:00.000Z', '2026-10-25T01:00:00.000Z', '2026-10-25T02:00:00.000Z'],
    ],
    [
      'America/New_York',
      '*/20 * * * *',
      '2026-03-08T05:00:00Z',
      '2026-03-09T04:00:00Z',
      69,
      ['2026-03-08T06:40:00.000Z', '2026-03-08T07:00:00.000Z', '2026-03-08T07:20:00.000Z'],
    ],
  ])('%s, %s, from %s', async (zone, cron, from, to, count, around) => {
    const came = await ticksIn(from, to, cron, zone);
    expect(came).toHaveLength(count);
    expect(came.slice(came.indexOf(around[0]!)).slice(0, around.length)).toEqual(around);
    expect(new Set(came).size).toBe(count);
  });
});

describe('a clock', () => {
  test('that is set back or ahead by a minute changes nothing', async () => {
    const world = new World('2026-06-01T00:00:30Z');
    let offMs = 0;
    const came: number[] = [];
    const ticks = ticksOf('* * * * *', undefined, undefined);
    const scheduler = new Scheduler(
      world.clock(() => offMs),
      plan(ticks, (at) => came.push(at)),
      console,
    );
    for (const [at, off] of [
      [10, -MINUTE],
      [20, 0],
      [30, MINUTE],
      [40, 0],
    ] as const)
      world.after(at * MINUTE, () => {
        offMs = off;
      });
    await world.goTo('2026-06-01T01:00:30Z');
    scheduler.stop();
    const first = Date.parse('2026-06-01T00:01:00Z');
    expect(came).toEqual(Array.from({ length: 60 }, (_, at) => first + at * MINUTE));
  });

  test('that was set years ahead by mistake stops nothing when it is set right', async () => {
    const world = new World('2026-06-01T00:00:30Z');
    let offMs = 0;
    const came: number[] = [];
    const ticks = ticksOf(undefined, MINUTE, undefined);
    const scheduler = new Scheduler(
      world.clock(() => offMs),
      plan(ticks, (at) => came.push(at)),
      console,
    );
    world.after(5 * MINUTE, () => {
      offMs = 400 * DAY;
    });
    world.after(6 * MINUTE, () => {
      offMs = 0;
    });
    await world.goTo('2026-06-01T00:20:30Z');
    scheduler.stop();
    const right = came.filter((at) => at < world.nowMs);
    expect(new Set(right).size).toBe(right.length);
    expect(right.slice(-12)).toEqual(
      Array.from({ length: 12 }, (_, at) => Date.parse('2026-06-01T00:09:00Z') + at * MINUTE),
    );
  });
});

describe('ticks that nobody was there for', () => {
  const last = Date.parse('2026-06-01T00:00:00Z');
  const since = async (catchUp: Plan['catchUp'], now: string) => {
    const world = new World(now);
    const came: string[] = [];
    const told = (at: number) => came.push(new Date(at).toISOString().slice(11, 16));
    const ticks = ticksOf('0 * * * *', undefined, 'UTC');
    new Scheduler(world.clock(), plan(ticks, told, { catchUp }), console, last).stop();
    return came;
  };

  test.each([
    ['none', '2026-06-01T03:30:00Z', []],
    ['last', '2026-06-01T03:30:00Z', ['03:00']],
    ['all', '2026-06-01T03:30:00Z', ['01:00', '02:00', '03:00']],
    // A minute late is not missed, and what was missed before it is left to it.
    ['none', '2026-06-01T03:00:40Z', ['03:00']],
    ['last', '2026-06-01T03:00:40Z', ['03:00']],
    ['all', '2026-06-01T03:00:40Z', ['01:00', '02:00', '03:00']],
  ] as const)('%s, at %s', async (catchUp, now, expected) => {
    expect(await since(catchUp, now)).toEqual(expected);
  });
});

interface Queues {
  readonly jobs: Queue<unknown>;
  readonly done: Queue<unknown>;
}

/** Hosts that put the jobs of a schedule and run them, over queues; each may be killed at any time. */
class Host {
  readonly #world: World;
  readonly #queues: Queues;
  readonly #ended: (tick: number) => void;
  #scheduler: Scheduler | undefined;
  #life = 0;

  constructor(world: World, queues: Queues, ended: (tick: number) => void) {
    this.#world = world;
    this.#queues = queues;
    this.#ended = ended;
  }

  async start(offMs: number, ticks: Plan['ticks'], overlap: Plan['overlap']): Promise<void> {
    const { jobs, done } = this.#queues;
    const submit = async (tick: { at: number }, key: string) => jobs.put({ at: tick.at }, { dedupeKey: key });
    const sink = remoteTicks({ jobs, done, logger: console, submit });
    const last = await sink.lastOf('night');
    const onTick = (at: number) => {
      const putting = sink.put('night', at, overlap);
      this.#world.until(putting);
      return putting;
    };
    this.#life += 1;
    this.#scheduler = new Scheduler(
      this.#world.clock(offMs),
      plan(ticks, onTick, { overlap }),
      console,
      last,
    );
    this.#serve(this.#life);
  }

  #serve(life: number): void {
    this.#world.after(5_000, () => {
      if (life !== this.#life) return;
      this.#world.until(this.#runOne(life));
      this.#serve(life);
    });
  }

  async #runOne(life: number): Promise<void> {
    const { jobs, done } = this.#queues;
    const [lease] = await jobs.reserve(1);
    if (lease === undefined) return;
    const { at } = lease.value as { at: number };
    const log = new TickLog(done);
    if (await log.wasDone('night', at)) return void (await jobs.ack([lease]));
    this.#world.after(90_000, () => {
      const end = async () => {
        // Its holder died: another one has it.
        if (life !== this.#life) return void (await jobs.nack([lease], { refund: true }));
        this.#ended(at);
        await log.note('night', at);
        await jobs.ack([lease]);
      };
      this.#world.until(end());
    });
  }

  kill(): void {
    this.#life += 1;
    this.#scheduler?.stop();
  }
}

describe('three hosts, one of them a minute late and one a minute early, over a month', () => {
  test.each(['skip', 'allow'] as const)('each tick has one job, whoever dies (%s)', async (overlap) => {
    const random = seeded(24);
    const [jobs, done] = [new SharedMemoryQueue(), new SharedMemoryQueue()];
    const world = new World('2026-03-01T00:00:30Z');
    const ended: number[] = [];
    const ticks = ticksOf('0 */2 * * *', undefined, 'Europe/Berlin');
    const hosts = [0, -MINUTE, MINUTE].map((offMs) => ({
      offMs,
      host: new Host(world, { jobs, done }, (at) => ended.push(at)),
    }));
    for (const { host, offMs } of hosts) await host.start(offMs, ticks, overlap);
    let dead = 0;
    const mayDie = () => {
      const chosen = hosts[Math.floor(random() * hosts.length)]!;
      // Somebody lives.
      if (dead < 2) {
        dead += 1;
        chosen.host.kill();
        world.after(random() * 6 * 60 * MINUTE, () => {
          dead -= 1;
          world.until(chosen.host.start(chosen.offMs, ticks, overlap));
        });
      }
      world.after(random() * DAY, mayDie);
    };
    world.after(DAY, mayDie);
    await world.goTo('2026-03-31T23:30:00Z');
    for (const { host } of hosts) host.kill();
    const expected = ticksBetween(ticks, Date.parse('2026-03-01T00:00:30Z'), world.nowMs);
    expect([...ended].sort((a, b) => a - b)).toEqual(expected);
    await Promise.all([jobs.destroy(), done.destroy()]);
  });
});
