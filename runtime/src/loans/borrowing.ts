import { readTagWith } from '../values/custom-types.js';
// Loaded when the first job has one.
import { type Borrowed, endLoan, readLoan } from './borrowed.js';
import { LOAN_TAG } from './loan-tag.js';

/** What was borrowed since this was asked. */
let borrowed: Borrowed[] | undefined;

/** @returns what the values have borrowed that were read since this was last called */
export function takeBorrowed(): readonly Borrowed[] | undefined {
  const taken = borrowed;
  borrowed = undefined;
  return taken;
}

/** The attempt has ended that had them. */
export function endLoans(loans: readonly Borrowed[]): void {
  for (const loan of loans) endLoan(loan);
}

readTagWith({
  tag: LOAN_TAG,
  read: (descriptor) => {
    borrowed ??= [];
    return readLoan(descriptor, borrowed);
  },
});
