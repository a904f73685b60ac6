import type { Actor, Model, Program } from './explorer.js';

/**
 * How a pool's parent and its children wake each other. Mirrors runtime/src/pool: `ParentLoop.turn` and `#sleep`,
 * `WakeUps.#sleepersFor`, `ChildBlocks.endSpin`, `ChildLoop.serve`, `#waitForWork` and `#spin`, `ReportSender.ring`.
 * Steps are named after the functions that they stand for. A dead child is not replaced, as that may come late, and doorbells that
 * only save time are left out: those after a job, and those before a child looks for the next. So are short sleeps on the word itself
 * (`ChildLoop.#rest`, `ParentLoop.#rest`): the steps are the same, where the end of that sleep is the doorbell.
 *
 * - `exact`: a child that looks for jobs is counted on for one, while it lives; when a child exits, others are rung for what
 *   waits; the parent sleeps only if each child that has told something is awake
 * - `trusting`: as it once was: whoever looks for jobs is counted on each time, dead or alive; for what has been told it is enough
 *   that any child is awake
 */
export type PoolForm = 'exact' | 'trusting';

export interface PoolScenario {
  readonly form: PoolForm;
  readonly children: number;
  /** Jobs that the parent is given, one after another. */
  readonly jobs: number;
  /** So many of them, the first that are taken, never end: nobody may count on who runs one. */
  readonly endless?: number;
  /** How many results the parent wants to be woken for. */
  readonly wakeAfter?: number;
  readonly deaths?: number;
}

interface Child {
  /** `CHILD_BLOCK.asleep`, as far as it is for work. */
  asleep: boolean;
  doorbell: boolean;
  isRunning: boolean;
  isInEndless: boolean;
  /** Results in its ring that the parent has not read. */
  unread: number;
  foundJob: boolean;
  isDead: boolean;
  /** The system has told the parent of its end. */
  hasExited: boolean;
}

interface Pool {
  parentAsleep: boolean;
  parentDoorbell: boolean;
  /** `POOL_HEADER.spinner`: 0, or the number of the child, plus one. */
  spinner: number;
  /** Jobs in a lane that nobody has taken. */
  waiting: number;
  unplaced: number;
  endlessLeft: number;
  /** `WakeUps.#isCountedOn`. */
  isCountedOn: boolean;
  children: Child[];
}

/** `WakeUps.#wake`. */
function wakeSleepers({ children }: Pool, wanted: number): void {
  let left = wanted;
  for (const child of children) {
    if (left === 0 || child.hasExited || !child.asleep) continue;
    Object.assign(child, { asleep: false, doorbell: true });
    left -= 1;
  }
}

function child(id: number): Program<Pool> {
  const own = ({ children }: Pool) => children[id]!;
  return {
    name: `child ${id}`,
    start: 'take',
    mortal: true,
    steps: {
      take: (pool) => {
        if (pool.waiting === 0) return 'spin';
        pool.waiting -= 1;
        own(pool).isRunning = true;
        own(pool).isInEndless = pool.endlessLeft > 0;
        if (pool.endlessLeft > 0) pool.endlessLeft -= 1;
        return 'run';
      },
      run: (pool) => {
        if (own(pool).isInEndless) return undefined;
        own(pool).unread += 1;
        own(pool).isRunning = false;
        return 'take';
      },
      spin: (pool) => {
        if (pool.spinner !== 0) return 'say that it sleeps';
        pool.spinner = id + 1;
        return 'spin: look';
      },
      // It gives up whenever it finds nothing: how long it looks is a matter of time.
      'spin: look': (pool) => {
        own(pool).foundJob = pool.waiting > 0;
        return 'spin: end';
      },
      'spin: end': (pool) => {
        pool.spinner = 0;
        return own(pool).foundJob ? 'take' : 'say that it sleeps';
      },
      'say that it sleeps': (pool) => {
        own(pool).asleep = true;
        return own(pool).unread > 0 ? 'ringIfUnread: swap parentAsleep' : 'look once more';
      },
      'ringIfUnread: swap parentAsleep': (pool) => {
        if (!pool.parentAsleep) return 'look once more';
        pool.parentAsleep = false;
        return 'ringIfUnread: doorbell';
      },
      'ringIfUnread: doorbell': (pool) => {
        pool.parentDoorbell = true;
        return 'look once more';
      },
      'look once more': (pool) => {
        if (pool.waiting === 0) return 'asleep';
        own(pool).asleep = false;
        return 'take';
      },
      asleep: (pool) => {
        if (!own(pool).doorbell) return undefined;
        own(pool).doorbell = false;
        own(pool).asleep = false;
        return 'take';
      },
    },
  };
}

function parent(scenario: PoolScenario): Program<Pool> {
  const { form, wakeAfter = 1 } = scenario;
  return {
    name: 'parent',
    start: 'turn',
    steps: {
      turn: (pool) => {
        pool.parentAsleep = false;
        return 'collect';
      },
      collect: (pool) => {
        for (const child of pool.children) child.unread = 0;
        return 'pump';
      },
      pump: (pool) => {
        if (pool.unplaced === 0) return 'sleep';
        pool.unplaced -= 1;
        pool.waiting += 1;
        return 'wake for it';
      },
      'wake for it': (pool) => {
        wakeSleepers(pool, wanted(pool, form));
        return 'sleep';
      },
      sleep: (pool) => {
        pool.parentAsleep = true;
        return 'look for results';
      },
      'look for results': ({ children }) => {
        const told = children.filter(({ unread }) => unread > 0);
        if (told.length === 0) return 'asleep';
        const isAwake = ({ hasExited, asleep }: Child) => !hasExited && !asleep;
        const willBeRung = form === 'exact' ? told.every(isAwake) : children.some(isAwake);
        return told.some(({ unread }) => unread >= wakeAfter) || !willBeRung ? 'turn' : 'asleep';
      },
      asleep: (pool) => {
        const dead = pool.children.find(({ isDead, hasExited }) => isDead && !hasExited);
        if (dead !== undefined) {
          exited(pool, dead, form);
          return 'turn';
        }
        if (!pool.parentDoorbell && pool.unplaced === 0) return undefined;
        pool.parentDoorbell = false;
        return 'turn';
      },
    },
  };
}

/** `WakeUps.#sleepersFor`, for one job. */
function wanted(pool: Pool, form: PoolForm): number {
  const { spinner, waiting, children, isCountedOn } = pool;
  if (form === 'trusting') return spinner === 0 ? 1 : 0;
  const isAlone = waiting <= 1;
  pool.isCountedOn = isAlone && spinner !== 0 && !children[spinner - 1]!.hasExited;
  if (pool.isCountedOn) return 0;
  return !isAlone && isCountedOn ? 2 : 1;
}

/** `ForkedProcess.#died`: what it has told is read, and its job is in a lane again. */
function exited(pool: Pool, dead: Child, form: PoolForm): void {
  dead.hasExited = true;
  if (form === 'exact' && pool.children[pool.spinner - 1] === dead) pool.spinner = 0;
  if (dead.isRunning && dead.unread === 0) pool.waiting += 1;
  wakeSleepers(pool, form === 'exact' ? pool.waiting : dead.isRunning ? 1 : 0);
  dead.isRunning = false;
}

function wrongEnd({ waiting, children, parentAsleep }: Pool, actors: readonly Actor[]): string | undefined {
  const sleeper = actors.find(({ alive, at, name }) => alive && at === 'asleep' && name !== 'parent');
  if (waiting > 0 && sleeper) return `a job waits while ${sleeper.name} sleeps`;
  if (children.some(({ unread }) => unread > 0)) return 'the parent sleeps over a result';
  return parentAsleep ? undefined : 'the parent sleeps, and nobody would ring it';
}

export function poolModel(scenario: PoolScenario): Model<Pool> {
  const one: Child = {
    asleep: false,
    doorbell: false,
    isRunning: false,
    isInEndless: false,
    unread: 0,
    foundJob: false,
    isDead: false,
    hasExited: false,
  };
  const ids = Array.from({ length: scenario.children }, (_, id) => id);
  return {
    memory: {
      parentAsleep: false,
      parentDoorbell: false,
      spinner: 0,
      waiting: 0,
      unplaced: scenario.jobs,
      endlessLeft: scenario.endless ?? 0,
      isCountedOn: false,
      children: ids.map(() => one),
    },
    programs: [...ids.map((id) => child(id)), parent(scenario)],
    deaths: scenario.deaths ?? 0,
    onDeath: (pool, { id }) => {
      pool.children[id]!.isDead = true;
    },
    wrongEnd,
  };
}
