// JavaScript: the processes and threads of all peers load it by themselves.
// @ts-check
// The work of all subjects, so that nobody's is easier.

/** @param {readonly number[]} numbers */
export function sum(numbers) {
  let total = 0;
  for (let at = 0; at < numbers.length; at += 1) total += /** @type {number} */ (numbers[at]);
  return total;
}

/**
 * @template Value
 * @param {Value} value
 */
export function echo(value) {
  return value;
}

/**
 * Keeps a processor busy; the result depends on every step.
 * @param {number} steps
 */
export function burn(steps) {
  let state = 1;
  for (let step = 0; step < steps; step += 1) state = (Math.imul(state, 1103515245) + 12345) | 0;
  return state;
}
