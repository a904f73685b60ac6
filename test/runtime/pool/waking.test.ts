import { closeSync, openSync } from 'node:fs';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { resolvePoolOptions } from '../../../runtime/src/pool/options.js';
import { divideMemory } from '../../../runtime/src/pool/parent/placing/memory-plan.js';
import type { ForkedProcess } from '../../../runtime/src/pool/parent/processes/child-process.js';
import { ChildSupervisor } from '../../../runtime/src/pool/parent/processes/child-supervisor.js';
import { Sleep } from '../../../runtime/src/pool/protocol.js';
import { Doorbell } from '../../../runtime/src/pool/transport/doorbell.js';
import { CHILD_BLOCK, SHARED_WORDS } from '../../../runtime/src/pool/transport/layout.js';
import { PoolSegment } from '../../../runtime/src/pool/transport/pool-segment.js';
import { Floods } from './floods.worker.js';
import { provePool } from './prove-pool.js';

test('what a job tells when there is no room arrives while the job goes on', () =>
  provePool({ processes: 1, memoryBytes: 1024 * 1024 }, async (pool) => {
    const count = 6_000;
    const abort = new AbortController();
    const heard: number[] = [];
    const onProgress = ({ value }: { value?: unknown }) => {
      if (value === undefined) return;
      // Until the child has filled its ring and sleeps.
      if (heard.length === 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
      heard.push((value as { at: number }).at);
      if (heard.length === count) abort.abort();
    };
    await expect(pool.map(new Floods(), [count], { onProgress, signal: abort.signal })).rejects.toMatchObject(
      {
        name: 'AbortError',
      },
    );
    expect(heard).toEqual(Array.from({ length: count }, (_, at) => at));
  }));

describe('whom the parent rings for a job', () => {
  const CHILDREN = 3;
  const segment = PoolSegment.create(divideMemory(2 ** 20, CHILDREN, 1));
  afterAll(() => segment.close());
  const { words } = segment;
  const asleepOf = (child: number) => segment.blockOf(child) + CHILD_BLOCK.word.asleep;
  const spinnerWord = segment.word.shared + SHARED_WORDS.word.spinner;

  let supervisor: ChildSupervisor;
  let rung: number[];
  let isAlive: boolean[];
  let hears: boolean[];

  beforeEach(() => {
    rung = [];
    isAlive = [true, true, true];
    hears = [true, true, true];
    const nothing = () => {};
    supervisor = new ChildSupervisor(
      segment,
      { bytes: Buffer.alloc(0), edition: '' },
      resolvePoolOptions({ processes: 3 }),
      {
        onRing: nothing,
        onMessage: nothing,
        onExit: nothing,
        onSpawn: nothing,
        onSpare: nothing,
        onDeath: nothing,
        onUnusable: nothing,
        isNeeded: () => false,
      },
    );
    for (let child = 0; child < CHILDREN; child += 1) {
      const ring = () => {
        rung.push(child);
        return hears[child]!;
      };
      const standIn = {
        index: child,
        ring,
        get isAlive() {
          return isAlive[child];
        },
      };
      supervisor.children[child] = standIn as unknown as ForkedProcess;
      words[asleepOf(child)] = Sleep.ForWork;
    }
    words[spinnerWord] = 0;
  });

  /** Long jobs, each worth a doorbell. */
  const place = (placed: number, waiting: number) => supervisor.wakeUps.wake(placed, waiting, 1, 100);

  const looksForJobs = (child: number) => {
    words[spinnerWord] = child + 1;
    words[asleepOf(child)] = Sleep.Awake;
  };

  test('one for each job; nobody for the one that a child looks for', () => {
    place(2, 2);
    expect(rung).toEqual([0, 1]);
    rung = [];
    looksForJobs(0);
    place(1, 1);
    expect(rung).toEqual([]);
  });

  test('a dead child that was looking for jobs takes none', () => {
    looksForJobs(0);
    isAlive[0] = false;
    place(1, 1);
    expect(rung).toEqual([1]);
  });

  test('nor does one that is none', () => {
    for (const word of [99, -1, 2 ** 31 - 1]) {
      words[spinnerWord] = word;
      rung = [];
      words[asleepOf(0)] = Sleep.ForWork;
      place(1, 1);
      expect(rung).toEqual([0]);
    }
  });

  test('a child that looks for jobs takes one, not one of each placing', () => {
    looksForJobs(0);
    place(1, 1);
    expect(rung).toEqual([]);
    // By now it may have said that it sleeps, and take one of the two doorbells.
    place(1, 2);
    expect(rung).toEqual([1, 2]);
  });

  test('a child whose doorbell fails is still asleep, and another is rung', () => {
    hears[0] = false;
    place(1, 1);
    expect(rung).toEqual([0, 1]);
    expect([0, 1, 2].map((child) => words[asleepOf(child)])).toEqual([
      Sleep.ForWork,
      Sleep.Awake,
      Sleep.ForWork,
    ]);
    hears[0] = true;
    place(1, 1);
    expect(rung).toEqual([0, 1, 0]);
  });

  test('the same where it waits for room', () => {
    words[asleepOf(0)] = Sleep.ForRoom;
    hears[0] = false;
    supervisor.wakeUps.wakeStuck(0);
    supervisor.wakeUps.wakeStuck(0);
    expect(rung).toEqual([0, 0]);
    hears[0] = true;
    supervisor.wakeUps.wakeStuck(0);
    supervisor.wakeUps.wakeStuck(0);
    expect(rung).toEqual([0, 0, 0]);
  });
});

test('a doorbell tells whether it is heard, as far as that is known', () => {
  const ringInto = (path: string, flags: string) => {
    const fd = openSync(path, flags);
    try {
      return new Doorbell(
        fd,
        () => {},
        () => {},
      ).ring();
    } finally {
      closeSync(fd);
    }
  };
  expect(ringInto('/dev/null', 'w')).toBe(true);
  expect(ringInto('/dev/full', 'w')).toBe(false);
});
