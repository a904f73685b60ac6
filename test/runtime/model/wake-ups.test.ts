import { describe, expect, test } from 'vitest';
import { type Exploration, explore } from './explorer.js';
import { type PoolScenario, poolModel } from './pool-model.js';
import { type QueueScenario, queueModel } from './queue-model.js';

function expectNothingLost({ states, ends, finding }: Exploration): void {
  expect(finding).toBe(undefined);
  // It has gone somewhere, and come to an end.
  expect(states).toBeGreaterThan(20);
  expect(ends).toBeGreaterThan(0);
}

describe('whoever sleeps over a queue', () => {
  const scenarios: [string, Omit<QueueScenario, 'form'>][] = [
    ['a private queue, a value that is put before the sleep', { isNamed: false, consumers: 1, producers: 1 }],
    ['two that sleep in a private queue', { isNamed: false, consumers: 2, producers: 2 }],
    ['one consumer, and a producer that may die', { isNamed: true, consumers: 1, producers: 1, deaths: 1 }],
    [
      'a producer that may die, and one that comes later',
      { isNamed: true, consumers: 1, producers: 2, deaths: 1 },
    ],
    [
      'two consumers and a producer, of which two may die',
      { isNamed: true, consumers: 2, producers: 1, deaths: 2 },
    ],
    ['a queue that is destroyed', { isNamed: true, consumers: 1, producers: 0, isDestroyed: true }],
  ];

  test.each(scenarios)('is rung for what there is: %s', (_name, scenario) => {
    expectNothingLost(explore(queueModel({ ...scenario, form: 'ring-first' })));
  });

  test.each(scenarios)('was not, where the ring came last: %s', (_name, scenario) => {
    const { finding } = explore(queueModel({ ...scenario, form: 'ring-last' }));
    expect(finding?.problem).toMatch(/^a consumer sleeps/);
  });

  test('of a named queue nothing was lost but with who died or destroyed it', () => {
    const scenario: QueueScenario = { form: 'ring-last', isNamed: true, consumers: 1, producers: 2 };
    expectNothingLost(explore(queueModel(scenario)));
    const { finding } = explore(queueModel({ ...scenario, deaths: 1 }));
    expect(finding?.trace.filter((step) => step.includes(' dies before '))).toHaveLength(1);
  });
});

describe('of several who wait over one connection', () => {
  const waiting: Omit<QueueScenario, 'wakes'> = {
    form: 'ring-first',
    isNamed: false,
    consumers: 3,
    producers: 2,
  };
  const impatient = { ...waiting, consumers: 2, isImpatient: true };

  test('one is woken, who wakes the next when it leaves, and nothing is lost', () => {
    expectNothingLost(explore(queueModel({ ...waiting, wakes: 'next' })));
    expectNothingLost(explore(queueModel({ ...impatient, wakes: 'next' })));
    const destroyed = { ...waiting, producers: 1, isDestroyed: true };
    expectNothingLost(explore(queueModel({ ...destroyed, wakes: 'next' })));
  });

  test('somebody would sleep over a value if who leaves did not wake the next', () => {
    const { finding } = explore(queueModel({ ...waiting, wakes: 'one' }));
    expect(finding?.problem).toBe('a consumer sleeps though a value is ready');
  });

  test('nor if it did so only where its time is not over', () => {
    const wakes = 'next, unless its time is over';
    expectNothingLost(explore(queueModel({ ...waiting, wakes })));
    const { finding } = explore(queueModel({ ...impatient, wakes }));
    expect(finding?.problem).toBe('a consumer sleeps though a value is ready');
  });
});

describe('in a pool', () => {
  const scenarios: [string, Omit<PoolScenario, 'form'>][] = [
    ['two children and a job', { children: 2, jobs: 1 }],
    ['a parent that wants two results at once', { children: 1, jobs: 3, wakeAfter: 2 }],
  ];
  const lossy: [string, string, Omit<PoolScenario, 'form'>][] = [
    ['one looks for jobs, and two come', 'a job waits while', { children: 2, jobs: 2, endless: 2 }],
    ['who looks for jobs dies', 'a job waits while', { children: 2, jobs: 1, endless: 1, deaths: 1 }],
    ['who runs a job dies', 'a job waits while', { children: 2, jobs: 2, endless: 2, deaths: 1 }],
    ['one told, another is awake', 'the parent sleeps', { children: 2, jobs: 2, endless: 1, wakeAfter: 2 }],
  ];

  test.each(scenarios)(
    'no job waits while a child sleeps, and no result while the parent does: %s',
    (_name, scenario) => expectNothingLost(explore(poolModel({ ...scenario, form: 'exact' }))),
  );

  test.each(lossy)('nor here: %s', (_name, _problem, scenario) =>
    expectNothingLost(explore(poolModel({ ...scenario, form: 'exact' }))),
  );

  test.each(lossy)(
    'where one did, as whoever was awake or looked for jobs was trusted: %s',
    (_name, problem, scenario) => {
      const { finding } = explore(poolModel({ ...scenario, form: 'trusting' }));
      expect(finding?.problem).toContain(problem);
    },
  );
});
