/** What a process of a model does next; `undefined` where it cannot go on before others have done something. */
export type Step<S> = (state: S, self: Actor) => string | undefined;

/** One process of a model: its place in its program, and whether it lives. */
export interface Actor {
  readonly name: string;
  readonly id: number;
  at: string;
  alive: boolean;
}

/** A program: its steps by name. Each is atomic; between any two of them anybody else may do any number of its own. */
export interface Program<S> {
  readonly name: string;
  readonly start: string;
  readonly steps: Readonly<Record<string, Step<S>>>;
  /** May it die before each of its steps? */
  readonly mortal?: boolean;
}

export interface Model<S extends object> {
  /** The shared memory, and what the system keeps; plain data. */
  readonly memory: S;
  readonly programs: readonly Program<S>[];
  /** How many may die in one run. */
  readonly deaths?: number;
  onDeath?(state: S, dead: Actor): void;
  /** Asked where nobody can go on: what is wrong with that. */
  wrongEnd(state: S, actors: readonly Actor[]): string | undefined;
}

export interface Finding {
  readonly problem: string;
  /** The steps that lead there. */
  readonly trace: readonly string[];
}

export interface Exploration {
  readonly states: number;
  readonly ends: number;
  readonly finding: Finding | undefined;
}

interface World<S> {
  memory: S;
  actors: Actor[];
  deathsLeft: number;
}

/** The world of a key, how it was reached, and from which. */
interface Reached {
  readonly step: string;
  readonly from: string | undefined;
}

const MOST_STATES = 2_000_000;

/**
 * Runs a model through every order of its steps and every death, each state once. No timer of the modelled code is a
 * step: what has to wait for one counts as lost.
 */
export function explore<S extends object>(model: Model<S>): Exploration {
  const first: World<S> = {
    memory: model.memory,
    actors: model.programs.map(({ name, start }, id) => ({ name, id, at: start, alive: true })),
    deathsLeft: model.deaths ?? 0,
  };
  const start = JSON.stringify(first);
  const reached = new Map<string, Reached>([[start, { step: 'start', from: undefined }]]);
  const open = [start];
  let ends = 0;
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    const next = movesFrom(model, key);
    if (next.length === 0) {
      ends += 1;
      const world = JSON.parse(key) as World<S>;
      const problem = model.wrongEnd(world.memory, world.actors);
      if (problem !== undefined)
        return { states: reached.size, ends, finding: { problem, trace: traceOf(reached, key) } };
    }
    for (const { step, to } of next) {
      if (reached.has(to)) continue;
      reached.set(to, { step, from: key });
      open.push(to);
    }
    if (reached.size > MOST_STATES) throw new Error(`the model has more than ${MOST_STATES} states`);
  }
  return { states: reached.size, ends, finding: undefined };
}

/** Living processes that can go on, each by one step. Who only may die counts as one that cannot. */
function movesFrom<S extends object>(model: Model<S>, key: string): { step: string; to: string }[] {
  const steps: { step: string; to: string }[] = [];
  const deaths: { step: string; to: string }[] = [];
  for (let id = 0; id < model.programs.length; id += 1) {
    const world = JSON.parse(key) as World<S>;
    const actor = world.actors[id]!;
    const program = model.programs[id]!;
    if (!actor.alive) continue;
    const { at, name } = actor;
    if (program.mortal && world.deathsLeft > 0)
      deaths.push({ step: `${name} dies before ${at}`, to: afterDeath(model, key, id) });
    const run = program.steps[at];
    if (run === undefined) {
      if (at === 'end') continue;
      throw new Error(`${name} has no step ${at}`);
    }
    const next = run(world.memory, actor);
    if (next === undefined) continue;
    actor.at = next;
    steps.push({ step: `${name}: ${at}`, to: JSON.stringify(world) });
  }
  // A state in which nobody can do more than die is an end as it is.
  return steps.length === 0 ? [] : [...steps, ...deaths];
}

function afterDeath<S extends object>(model: Model<S>, key: string, id: number): string {
  const world = JSON.parse(key) as World<S>;
  const dead = world.actors[id]!;
  dead.alive = false;
  world.deathsLeft -= 1;
  model.onDeath?.(world.memory, dead);
  return JSON.stringify(world);
}

function traceOf(reached: ReadonlyMap<string, Reached>, end: string): string[] {
  const trace: string[] = [];
  for (let at: string | undefined = end; at !== undefined; at = reached.get(at)?.from)
    trace.unshift(reached.get(at)!.step);
  return trace;
}
