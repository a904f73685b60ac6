import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { actions } from '../inside/actions.mjs';
import { CALLED_ONCE, callbacks } from '../inside/callbacks.mjs';
import { states } from '../inside/states.mjs';

export const goal =
  'destroy, close, cancel, abort, run and map from inside every callback, at every state of a job: no crash, no promise that is not settled, nothing left';
export const sizes = {
  smoke: { rounds: 1, actionsEach: 2 },
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

export async function run({ rounds, actionsEach, only = names }) {
  const waiting = [...only];
  const told = [];
  const lane = async () => {
    for (let callback = waiting.shift(); callback !== undefined; callback = waiting.shift())
      told.push(await runIn(callback, casesOf(callback, rounds, actionsEach)));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  const problems = told.flatMap((one) => one.problems);
  const sum = (field) => told.reduce((total, one) => total + one[field], 0);
  return {
    callbacks: told.length,
    cases: sum('cases'),
    crashes: sum('crashes'),
    hangs: sum('hangs'),
    problems: problems.slice(0, 20),
    ok: told.length === only.length && problems.length === 0,
  };
}

/** The cases of one callback, in a program of their own. */
function runIn(callback, cases) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [PROGRAM, JSON.stringify({ callback, cases })], {
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
      const isWhole = code === 0 && out.includes('{"left":');
      resolve(judge(callback, out, isWhole ? undefined : `${signal ?? code} ${said}`, isHung));
    });
  });
}

function judge(callback, out, exit, isHung) {
  const lines = out
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
  const name = ({ action, state, atFiring }) => `${callback} (${atFiring}) → ${action}, ${state}`;
  const ended = lines.filter((line) => line.ended);
  const problems = ended.flatMap((line) => line.problems.map((problem) => `${name(line.ended)}: ${problem}`));
  const last = lines.findLast((line) => line.begun)?.begun;
  if (exit !== undefined)
    problems.push(`${last ? name(last) : callback}: ${isHung ? 'hung' : `ended by ${exit}`}`);
  for (const left of lines.findLast((line) => line.left)?.left ?? []) problems.push(`${callback}: ${left}`);
  return {
    cases: ended.length,
    crashes: exit !== undefined && !isHung ? 1 : 0,
    hangs: isHung ? 1 : 0,
    problems,
  };
}
