import type { QueueLimit } from 'mproc-worker';
import { afterAll, describe, test } from 'vitest';
import { type RunningEngine, startEngine } from '../runtime/remote/engines.js';
import { seeded } from '../seeded.js';
import { LimitRun } from './limit-run.js';

const STEPS = 250;
/** Of one key, first of all: more than what a claim looks at before it looks at each key. */
const BULK = 300;
/** No start becomes too old to count. */
const rated = (most: number): QueueLimit['rate'] => ({ most, perMs: 3_600_000 });

const LIMITS: readonly (readonly [what: string, limit: QueueLimit, gives: boolean])[] = [
  ['one at once', { atOnce: 1 }, true],
  ['three at once, and hosts without limits', { atOnce: 3 }, false],
  ['two at once and a rate', { atOnce: 2, rate: rated(9) }, true],
];

describe.each(['sqlite', 'redis', 'postgres'] as const)('limits over %s, beside a model', (name) => {
  let engine: RunningEngine | undefined;
  afterAll(() => engine?.remove());

  test.for(LIMITS)('%s', async ([what, limit, gives], context) => {
    engine ??= await startEngine(name);
    if (engine.missing !== undefined) context.skip(engine.missing);
    const space = `model-${process.pid}-${what.length}`;
    const run = new LimitRun(engine.queuesOf(space), limit, seeded(`limits over ${name}, ${what}`));
    try {
      await run.put(Array(BULK).fill('a'), 0);
      for (let step = 0; step < STEPS; step += 1) await run.step(gives);
      await run.drain();
    } finally {
      await run.end();
    }
  });
});
