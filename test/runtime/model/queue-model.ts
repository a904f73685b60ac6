import type { Actor, Model, Program, Step } from './explorer.js';

/**
 * How those who sleep over a queue are woken. Mirrors runtime/src/queues/shared-memory: `QueueConnection.#section` and `#repair`,
 * `QueueLock`, `EventCount`, `Consumer.reserve` and `#look`, `put`. Steps are named after the functions that they stand for.
 *
 * - `ring-first`: who is about to make something visible rings before, under the lock; who sleeps does so by the count of rings
 * - `ring-last`: as it once was: `sleepers` is cleared under the lock, the ring comes after the lock, and nobody counts rings
 */
export type QueueForm = 'ring-first' | 'ring-last';

/**
 * Whom a ring wakes of those who wait in one process, over one connection.
 *
 * - `all`: each of them, so that a value costs as many looks as there are who wait
 * - `next`: one, and whoever has slept and leaves wakes the next one
 * - `next, unless its time is over`: the same, but who leaves as its time is over wakes nobody
 * - `one`: one, and nobody wakes another
 */
export type Wakes = 'all' | 'next' | 'next, unless its time is over' | 'one';

export interface QueueScenario {
  readonly form: QueueForm;
  /** Others have it open, so the system tells of rings; those of a private queue are heard only by who sleeps already. */
  readonly isNamed: boolean;
  readonly consumers: number;
  readonly producers: number;
  /** How many of them may die. */
  readonly deaths?: number;
  readonly isDestroyed?: boolean;
  /** All are in one process, unless it is `all`. */
  readonly wakes?: Wakes;
  /** The time of the first consumer may be over at any moment. */
  readonly isImpatient?: boolean;
}

/** What a process has of its own, or, where all are in one, each of its calls. */
interface Handle {
  watches: boolean;
  /** A ring that the system, or this process itself, has to tell it of. */
  isTold: boolean;
  /** The count of rings that it sleeps by. */
  ticket: number;
  sleeps: boolean;
  owesRing: boolean;
  isDead: boolean;
  isTimeOver: boolean;
}

interface Queue {
  /** 0 where it is free, else the number of its holder, plus one. */
  lock: number;
  sleepers: boolean;
  rings: number;
  isDestroyed: boolean;
  /** Values that are ready by their state and in no heap: a repair finds them. */
  published: number;
  /** Values in the heap of those that are ready. */
  ready: number;
  connections: Handle[];
}

type Steps = Record<string, Step<Queue>>;

/** `EventCount.wakeNext`. */
function wakeNext({ connections }: Queue): void {
  const next = connections.find(({ sleeps, isTold }) => sleeps && !isTold);
  if (next !== undefined) next.isTold = true;
}

function ring(queue: Queue, { isNamed, wakes = 'all' }: QueueScenario): void {
  queue.rings += 1;
  if (wakes !== 'all' && !queue.isDestroyed) return wakeNext(queue);
  for (const connection of queue.connections)
    if (isNamed ? connection.watches : connection.sleeps) connection.isTold = true;
}

/** `QueueLock.tryEnter`, until it has the lock; a dead holder's is taken over. */
function enter({ form }: QueueScenario, then: string): Step<Queue> {
  return (queue, { id }) => {
    const isOrphaned = queue.lock !== 0 && queue.connections[queue.lock - 1]!.isDead;
    if (queue.lock !== 0 && !isOrphaned) return undefined;
    queue.lock = id + 1;
    if (!isOrphaned) return then;
    queue.connections[id]!.owesRing = form === 'ring-last';
    return form === 'ring-first' ? 'repair: notifySleepers' : 'repair';
  };
}

/** `EventCount.notifySleepers`. */
function notifySleepers(scenario: QueueScenario, caller: string, then: string): Steps {
  return {
    [`${caller}: notifySleepers`]: (queue) => {
      if (!queue.sleepers) return then;
      ring(queue, scenario);
      return `${caller}: clear sleepers`;
    },
    [`${caller}: clear sleepers`]: (queue) => {
      queue.sleepers = false;
      return then;
    },
  };
}

/** `QueueConnection.#section` around what is done under the lock: repair before it, release after it. */
function inside(scenario: QueueScenario, action: string, then: string): Steps {
  return {
    ...notifySleepers(scenario, 'repair', 'repair'),
    repair: (queue) => {
      queue.ready += queue.published;
      queue.published = 0;
      return action;
    },
    leave: (queue, { id }) => {
      const connection = queue.connections[id]!;
      connection.owesRing &&= queue.sleepers;
      if (connection.owesRing) queue.sleepers = false;
      return 'release';
    },
    release: (queue, { id }) => {
      queue.lock = 0;
      return queue.connections[id]!.owesRing ? 'ring after release' : then;
    },
    'ring after release': (queue, { id }) => {
      queue.connections[id]!.owesRing = false;
      ring(queue, scenario);
      return then;
    },
  };
}

function producer(scenario: QueueScenario): Program<Queue> {
  const action = scenario.form === 'ring-first' ? 'put: notifySleepers' : 'put: publish';
  return {
    name: 'producer',
    start: 'enter',
    mortal: true,
    steps: {
      enter: enter(scenario, action),
      ...notifySleepers(scenario, 'put', 'put: publish'),
      'put: publish': (queue) => {
        queue.published += 1;
        return 'put: list';
      },
      'put: list': (queue, { id }) => {
        queue.published -= 1;
        queue.ready += 1;
        queue.connections[id]!.owesRing = scenario.form === 'ring-last';
        return 'leave';
      },
      ...inside(scenario, action, 'end'),
    },
  };
}

/** Wants one value, for as long as it takes. */
function consumer(scenario: QueueScenario): Program<Queue> {
  const { wakes = 'all' } = scenario;
  return {
    name: 'consumer',
    start: 'assertUsable',
    mortal: true,
    steps: {
      assertUsable: ({ isDestroyed }) => (isDestroyed ? 'end' : 'enter'),
      enter: enter(scenario, 'look'),
      look: (queue) => {
        if (queue.ready === 0) return 'prepareWait: watch';
        queue.ready -= 1;
        return 'leave with a value';
      },
      'prepareWait: watch': (queue, { id }) => {
        queue.connections[id]!.watches = scenario.isNamed;
        return 'prepareWait: sleepers';
      },
      'prepareWait: sleepers': (queue, { id }) => {
        queue.sleepers = true;
        queue.connections[id]!.ticket = queue.rings;
        return 'leave';
      },
      ...inside(scenario, 'look', 'wait'),
      'leave with a value': (queue) => {
        queue.lock = 0;
        return 'go with a value';
      },
      'go with a value': (queue) => {
        if (wakes === 'next' || wakes === 'next, unless its time is over') wakeNext(queue);
        return 'end';
      },
      'go, as its time is over': (queue) => {
        if (wakes === 'next') wakeNext(queue);
        return 'end';
      },
      wait: (queue, { id }) => {
        const connection = queue.connections[id]!;
        const isOver = queue.isDestroyed || queue.rings !== connection.ticket;
        if (scenario.form === 'ring-first' && isOver) return 'assertUsable';
        connection.sleeps = true;
        return 'asleep';
      },
      asleep: (queue, { id }) => {
        const connection = queue.connections[id]!;
        if (!connection.isTold && !connection.isTimeOver) return undefined;
        Object.assign(connection, { isTold: false, sleeps: false });
        return 'awake';
      },
      // As where a signal is aborted: it does not look once more.
      awake: (queue, { id }) =>
        queue.connections[id]!.isTimeOver ? 'go, as its time is over' : 'assertUsable',
    },
  };
}

/** `QueueConnection.destroy`, which takes no lock. */
function destroyer(scenario: QueueScenario): Program<Queue> {
  return {
    name: 'destroyer',
    start: 'markDestroyed',
    steps: {
      markDestroyed: (queue) => {
        queue.isDestroyed = true;
        return 'ring';
      },
      ring: (queue) => {
        ring(queue, scenario);
        return 'end';
      },
    },
  };
}

/** The time of the first consumer, or its signal. */
function clock(): Program<Queue> {
  return {
    name: 'clock',
    start: 'time is over',
    steps: {
      'time is over': ({ connections: [first] }) => {
        first!.isTimeOver = true;
        return 'end';
      },
    },
  };
}

function wrongEnd(queue: Queue, actors: readonly Actor[]): string | undefined {
  if (!actors.some(({ alive, at }) => alive && at === 'asleep')) return undefined;
  if (queue.isDestroyed) return 'a consumer sleeps over a queue that is destroyed';
  if (queue.ready + queue.published > 0) return 'a consumer sleeps though a value is ready';
  return undefined;
}

export function queueModel(scenario: QueueScenario): Model<Queue> {
  const programs = [
    ...Array.from({ length: scenario.consumers }, () => consumer(scenario)),
    ...Array.from({ length: scenario.producers }, () => producer(scenario)),
    ...(scenario.isDestroyed ? [destroyer(scenario)] : []),
    ...(scenario.isImpatient ? [clock()] : []),
  ];
  const connection = {
    watches: false,
    isTold: false,
    ticket: 0,
    sleeps: false,
    owesRing: false,
    isDead: false,
    isTimeOver: false,
  };
  return {
    memory: {
      lock: 0,
      sleepers: false,
      rings: 0,
      isDestroyed: false,
      published: 0,
      ready: 0,
      connections: programs.map(() => connection),
    },
    programs,
    deaths: scenario.deaths ?? 0,
    onDeath: (queue, { id }) => {
      queue.connections[id]!.isDead = true;
    },
    wrongEnd,
  };
}
