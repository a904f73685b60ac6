import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { actions } from '../inside/actions.mjs';
import { CALLED_ONCE, callbacks } from '../inside/callbacks.mjs';
import { states } from '../inside/states.mjs';

export const goal =
  'destroy, close, cancel, abort, run and map from inside every callback, at every state of a job: no crash, no promise that is not settled, nothing left';
export const sizes = {
  smoke: { rounds: 1, actionsEach: 1 },
  reduced: { rounds: 1 },
  full: { rounds: Number.POSITIVE_INFINITY },
};

const PROGRAM = fileURLToPath(new URL('../programs/inside-callbacks.mjs', import.meta.url));
/** A program that says nothing for so long hangs. */
const HUNG_AFTER_MS = 120_000;
const AT_ONCE = 2;

export const names = Object.keys(callbacks);

/**
 * Each action in each callback, at `rounds` of the states: others for each pair, so that a few rounds see each state with
 * each action and each callback.
 * @param actionsEach so many of them: the first, and others for each callback
 */
export function casesOf(callback, rounds, actionsEach = Number.POSITIVE_INFINITY) {
  const stateNames = Object.keys(states);
  const shift = names.indexOf(callback);
  return actionsOf(shift, actionsEach).flatMap((action, row) =>
    Array.from({ length: Math.min(rounds, stateNames.length) }, (_, round) => ({
      action,
      state: stateNames[(shift + row + round * 5) % stateNames.length],
      atFiring: CALLED_ONCE.has(callback) ? 1 : 1 + ((shift + row + round) % 2),
    })),
  );
}

function actionsOf(shift, count) {
  const [first, ...others] = Object.keys(actions);
  const turned = [...others.slice(shift % others.length), ...others.slice(0, shift % others.length)];
  return [first, ...turned].slice(0, count);
}

/** @returns for each callback how many cases it had, and their problems */
export async function tellEach({ rounds, actionsEach }) {
  const lanes = Array.from({ length: AT_ONCE }, (_, lane) => names.filter((_, at) => at % AT_ONCE === lane));
  return (await Promise.all(lanes.map((lane) => runAll(lane, rounds, actionsEach)))).flat();
}

export async function run(size) {
  const told = await tellEach(size);
  const problems = told.flatMap((one) => one.problems);
  const sum = (field) => told.reduce((total, one) => total + one[field], 0);
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
async function runAll(callbacks, rounds, actionsEach) {
  const told = [];
  while (told.length < callbacks.length) {
    const wanted = callbacks.slice(told.length);
    const parts = await runIn(
      wanted.map((callback) => ({ callback, cases: casesOf(callback, rounds, actionsEach) })),
    );
    told.push(...parts);
  }
  return told;
}

/** @returns what those callbacks were told of that the program came to */
function runIn(wanted) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [PROGRAM, JSON.stringify(wanted)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, said, isHung, timer] = ['', '', false, undefined];
    const wait = () => {
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
      if (parts.length === 0) parts.push({ callback: wanted[0].callback, lines: [] });
      resolve(parts.map((part) => judge(part, `${signal ?? code} ${said}`, isHung)));
    });
  });
}

/** What the program printed, by callback. */
function partsOf(out) {
  const parts = [];
  for (const line of out.split('\n').filter((text) => text.startsWith('{') && text.endsWith('}'))) {
    const { callback, ...rest } = JSON.parse(line);
    if (callback === undefined) parts.at(-1).lines.push(rest);
    else parts.push({ callback, lines: [] });
  }
  return parts;
}

/** @param exit how the program ended, which it did too soon where it did not say what this callback left */
function judge({ callback, lines }, exit, isHung) {
  const name = ({ action, state, atFiring }) => `${callback} (${atFiring}) → ${action}, ${state}`;
  const ended = lines.filter((line) => line.ended);
  const problems = ended.flatMap((line) => line.problems.map((problem) => `${name(line.ended)}: ${problem}`));
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
