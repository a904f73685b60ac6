/** What a loan is called among the types that have a format of their own. */
export const LOAN_TAG = 'Loan';
