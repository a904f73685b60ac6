/** The check could not be begun; the message is one line that says what to do. Exit code 2. */
export class CheckUsageError extends Error {
  override readonly name = 'CheckUsageError';
}
