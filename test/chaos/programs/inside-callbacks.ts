// Makes calls from inside callbacks: its argument is [{ callback, cases: [{ action, state, atFiring }] }] as JSON.
// Each callback and each case is named before it begins, so that one that ends this program is known.
import { actions } from '../inside/actions.js';
import { type CallbackWithOptions, callbacks } from '../inside/callbacks.js';
import { Case, until } from '../inside/case.js';
import { MAY_NOT_FIRE, states } from '../inside/states.js';
import { Constructed } from '../inside/workers.mjs';
import { type Census, census, warmUp } from '../leftovers.js';

/** An action in a callback, at a state of a job. */
export interface WantedCase {
  readonly action: string;
  readonly state: string;
  /** Which of the callback's calls does it, from 1. */
  readonly atFiring: number;
}
export interface WantedCases {
  readonly callback: string;
  readonly cases: readonly WantedCase[];
}

const FIRE_MS = 60_000;
const LEFT_MS = 60_000;

const wanted = JSON.parse(process.argv[2] ?? '') as WantedCases[];
const stray: string[] = [];
for (const event of ['uncaughtException', 'unhandledRejection'])
  process.on(event, (error: Error | undefined) => stray.push(`${event}: ${error?.stack ?? error}`));
// Its default action would end this program where a case's own listener has not been added, or was removed.
process.on('SIGUSR2', () => {});

async function play(callback: string, { action, state, atFiring }: WantedCase): Promise<string[]> {
  const of = new Case(actions[action]!, atFiring);
  const way = callbacks[callback]!;
  const { options, lead }: CallbackWithOptions = typeof way === 'function' ? { lead: way } : way;
  of.poolOptions = options?.(of) ?? {};
  const problems: string[] = [];
  // Some of what leads to a callback cannot be called on a pool that has ended, as what came before may have led to it.
  try {
    await states[state]!(of);
    of.beforeFiring();
    lead(of);
  } catch (error) {
    if (!MAY_NOT_FIRE.includes(state) && of.fired < atFiring) problems.push(`refused: ${error}`);
  }
  const isLate = MAY_NOT_FIRE.includes(state);
  if (!(await until(() => of.fired >= atFiring, isLate ? 600 : FIRE_MS)) && !isLate)
    problems.push(`the callback was called ${of.fired} times, not ${atFiring}`);
  for (const name of await of.end()) problems.push(`not settled: ${name}`);
  Constructed.onConstruct = undefined;
  return problems.concat(stray.splice(0));
}

async function left(before: Census): Promise<string[]> {
  const now = (): string[] =>
    Object.entries(census()).flatMap(([name, count]) =>
      count > before[name as keyof Census] ? [`${count - before[name as keyof Census]} ${name} left`] : [],
    );
  await until(() => now().length === 0, LEFT_MS);
  return now();
}

await warmUp();
const before = census();
for (const { callback, cases } of wanted) {
  console.log(JSON.stringify({ callback }));
  for (const one of cases) {
    console.log(JSON.stringify({ begun: one }));
    const problems = await play(callback, one).catch((error: Error) => [`failed: ${error.stack}`]);
    console.log(JSON.stringify({ ended: one, problems }));
  }
  console.log(JSON.stringify({ left: (await left(before)).concat(stray.splice(0)) }));
}
process.exit(0);
