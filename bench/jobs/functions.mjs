// The work of all subjects, so that nobody's is easier.
export function sum(numbers) {
  let total = 0;
  for (let at = 0; at < numbers.length; at += 1) total += numbers[at];
  return total;
}

export function echo(value) {
  return value;
}

/** Keeps a processor busy; the result depends on every step. */
export function burn(steps) {
  let state = 1;
  for (let step = 0; step < steps; step += 1) state = (Math.imul(state, 1103515245) + 12345) | 0;
  return state;
}
