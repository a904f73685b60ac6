import { spawn } from 'node:child_process';
import { buildProgram } from '../../../scripts/built-program.js';
import type { Measured } from '../figure.js';
import { actions } from '../inside/actions.js';
import { CALLED_ONCE, callbacks } from '../inside/callbacks.js';
import { states } from '../inside/states.js';
import type { WantedCase, WantedCases } from '../programs/inside-callbacks.js';

export const goal =
  'destroy, close, cancel, abort, run and map from inside every callback, at every state of a job: no crash, no promise that is not settled, nothing left';
interface Size {
  readonly rounds: number;
  readonly actionsEach?: number | undefined;
}

export const sizes = {
  smoke: { rounds: 1, actionsEach: 1 },
  reduced: { rounds: 1 },
  full: { rounds: Number.POSITIVE_INFINITY },
};

const PROGRAM = new URL('../programs/inside-callbacks.ts', import.meta.url);
/** A program that says nothing for so long hangs. */
const HUNG_AFTER_MS = 120_000;
const AT_ONCE = 2;

export const names = Object.keys(callbacks);

/**
 * Each action in each callback, at `rounds` of the states: others for each pair, so that a few rounds see each state with
 * each action and each callback.
 * @param actionsEach so many of them: the first, and others for each callback
 */
export function casesOf(
  callback: string,
  rounds: number,
  actionsEach = Number.POSITIVE_INFINITY,
): WantedCase[] {
  const stateNames = Object.keys(states);
  const shift = names.indexOf(callback);
  return actionsOf(shift, actionsEach).flatMap((action, row) =>
    Array.from({ length: Math.min(rounds, stateNames.length) }, (_, round) => ({
      action,
      state: stateNames[(shift + row + round * 5) % stateNames.length]!,
      atFiring: CALLED_ONCE.has(callback) ? 1 : 1 + ((shift + row + round) % 2),
    })),
  );
}

function actionsOf(shift: number, count: number): string[] {
  const [first = '', ...others] = Object.keys(actions);
  const turned = [...others.slice(shift % others.length), ...others.slice(0, shift % others.length)];
  return [first, ...turned].slice(0, count);
}

/** For a callback: how many cases it had, and their problems. */
export interface Judged {
  readonly callback: string;
  readonly cases: number;
  readonly crashes: number;
  readonly hangs: number;
  readonly problems: readonly string[];
}

/** @returns what came of each callback */
export async function tellEach({ rounds, actionsEach }: Size): Promise<Judged[]> {
  const program = await buildProgram(PROGRAM);
  const lanes = Array.from({ length: AT_ONCE }, (_, lane) => names.filter((_, at) => at % AT_ONCE === lane));
  return (await Promise.all(lanes.map((lane) => runAll(program, lane, rounds, actionsEach)))).flat();
}

export async function run(size: Size): Promise<Measured> {
  const told = await tellEach(size);
  const problems = told.flatMap((one) => one.problems);
  const sum = (field: 'cases' | 'crashes' | 'hangs'): number =>
    told.reduce((total, one) => total + one[field], 0);
  return {
    callbacks: told.length,
    cases: sum('cases'),
    crashes: sum('crashes'),
    hangs: sum('hangs'),
    problems: problems.slice(0, 20),
    ok: told.length === names.length && problems.length === 0,
  };
}

/** One program does one callback after another; where it ends too soon, another does those that come after. */
async function runAll(
  program: string,
  callbacks: readonly string[],
  rounds: number,
  actionsEach: number | undefined,
): Promise<Judged[]> {
  const told: Judged[] = [];
  while (told.length < callbacks.length) {
    const wanted = callbacks.slice(told.length);
    const parts = await runIn(
      program,
      wanted.map((callback) => ({ callback, cases: casesOf(callback, rounds, actionsEach) })),
    );
    told.push(...parts);
  }
  return told;
}

/** @returns what those callbacks were told of that the program came to */
function runIn(program: string, wanted: readonly WantedCases[]): Promise<Judged[]> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program, JSON.stringify(wanted)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, said, isHung] = ['', '', false];
    let timer: NodeJS.Timeout | undefined;
    const wait = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        isHung = true;
        child.kill('SIGKILL');
      }, HUNG_AFTER_MS);
    };
    wait();
    child.stdout.on('data', (chunk) => {
      out += chunk;
      wait();
    });
    child.stderr.on('data', (chunk) => {
      said = (said + chunk).slice(-300);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const parts = partsOf(out);
      // It may have ended before it came to the first.
      if (parts.length === 0) parts.push({ callback: wanted[0]!.callback, lines: [] });
      resolve(parts.map((part) => judge(part, `${signal ?? code} ${said}`, isHung)));
    });
  });
}

/** A line of the program: a case begins or has ended, or what its callback has left. */
interface Line {
  readonly begun?: WantedCase;
  readonly ended?: WantedCase;
  readonly problems?: readonly string[];
  readonly left?: readonly string[];
}
interface Part {
  readonly callback: string;
  readonly lines: Line[];
}

/** What the program printed, by callback. */
function partsOf(out: string): Part[] {
  const parts: Part[] = [];
  for (const line of out.split('\n').filter((text) => text.startsWith('{') && text.endsWith('}'))) {
    const { callback, ...rest } = JSON.parse(line) as Line & { readonly callback?: string };
    if (callback === undefined) parts.at(-1)?.lines.push(rest);
    else parts.push({ callback, lines: [] });
  }
  return parts;
}

/** @param exit how the program ended, which it did too soon where it did not say what this callback left */
function judge({ callback, lines }: Part, exit: string, isHung: boolean): Judged {
  const name = ({ action, state, atFiring }: WantedCase): string =>
    `${callback} (${atFiring}) → ${action}, ${state}`;
  const ended = lines.filter((line) => line.ended);
  const problems = lines.flatMap(({ ended: one, problems: found = [] }) =>
    one ? found.map((problem) => `${name(one)}: ${problem}`) : [],
  );
  const last = lines.findLast((line) => line.begun)?.begun;
  const left = lines.findLast((line) => line.left)?.left;
  if (left === undefined)
    problems.push(`${last ? name(last) : callback}: ${isHung ? 'hung' : `ended by ${exit}`}`);
  for (const one of left ?? []) problems.push(`${callback}: ${one}`);
  return {
    callback,
    cases: ended.length,
    crashes: left === undefined && !isHung ? 1 : 0,
    hangs: left === undefined && isHung ? 1 : 0,
    problems,
  };
}
