import { readFileSync } from 'node:fs';

/** Clocks of one machine, read in different processes and written down later. */
const SLACK_MS = 50;

/** What the processes wrote down, in order; a line that a killed process left half-written is skipped. */
function readLog(path) {
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line)];
      } catch {
        return [];
      }
    });
}

/**
 * What does not hold of the log of `programs/churn.mjs`, whoever was killed:
 *
 * - each value whose `put` resolved was acknowledged, is left, or its last holder was killed while acknowledging it
 * - nobody was given a value while another, who was not killed, had it under a lease and had not acknowledged it
 * - nobody was given a value that was acknowledged
 */
export function problemsOfLog(path, killed, left) {
  const lives = new Map();
  for (const line of readLog(path)) {
    const life = lives.get(line.value);
    if (life === undefined) lives.set(line.value, [line]);
    else life.push(line);
  }
  const problems = [];
  for (const [value, life] of lives) {
    problems.push(...doubles(value, life, killed));
    if (life.some(({ step }) => step === 'put') && !left.has(value) && !isDone(life, killed))
      problems.push(`${value} was lost`);
  }
  return problems;
}

function isDone(life, killed) {
  if (life.some(({ step, outcome }) => step === 'ack' && outcome === 'ok')) return true;
  const last = life.findLast(({ step }) => step === 'take');
  return last !== undefined && killed.has(last.pid);
}

function doubles(value, life, killed) {
  const takes = life.filter(({ step }) => step === 'take').sort((a, b) => a.at - b.at);
  return takes.slice(1).flatMap((take, index) => {
    const before = takes[index];
    const end = life
      .slice(life.indexOf(before) + 1)
      .find(({ step, pid }) => step !== 'put' && pid === before.pid);
    if (end?.step === 'nack' || (end === undefined && killed.has(before.pid))) return [];
    if (end?.step === 'ack' && end.outcome === 'ok')
      return [`${value} was taken again after it was acknowledged`];
    return take.at + SLACK_MS < before.deadline ? [`${value} was taken by two at once`] : [];
  });
}
