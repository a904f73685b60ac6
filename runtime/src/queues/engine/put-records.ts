/** Under which the kit finds it, which is bundled apart from the queue. */
export const PUT_RECORDS: unique symbol = Symbol.for('mproc-worker.putRecords');

export interface WithRecords {
  /** Puts records as they are, as anybody could who reaches the engine. */
  [PUT_RECORDS](records: readonly string[]): Promise<string[]>;
}
