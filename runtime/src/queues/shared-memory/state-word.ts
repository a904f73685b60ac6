/** The word that tells what a cell is. Packed so that each change of state, with its attempt, is one atomic store. */
export const CellState = {
  Free: 0,
  Continuation: 1,
  Ready: 2,
  Delayed: 3,
  Leased: 4,
  Dead: 5,
} as const;

export type CellState = (typeof CellState)[keyof typeof CellState];

const STATE_BITS = 4;
const STATE_MASK = 0xf;
const ATTEMPT_MASK = 0xffff;
const BODY_MASK = 0xfffff;
const CHECK_SHIFT = 20;

export const MAX_ATTEMPT = ATTEMPT_MASK;

/** Memory that was never written is a free cell, so the check of a zero is zero. */
function checkOf(body: number): number {
  return (Math.imul(body, 0x9e3779b1) >>> CHECK_SHIFT) & 0xfff;
}

export function stateWord(state: CellState, attempt: number): number {
  const body = state | (Math.min(attempt, ATTEMPT_MASK) << STATE_BITS);
  return body | (checkOf(body) << CHECK_SHIFT);
}

/** `undefined` when the word is not one that `stateWord` makes. */
export function stateOf(word: number): CellState | undefined {
  const body = word & BODY_MASK;
  if (word >>> CHECK_SHIFT !== checkOf(body)) return undefined;
  const state = body & STATE_MASK;
  return state <= CellState.Dead ? (state as CellState) : undefined;
}

export function attemptOf(word: number): number {
  return (word & BODY_MASK) >>> STATE_BITS;
}
