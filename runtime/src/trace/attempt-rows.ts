/** What is kept of an attempt, one number each. */
export const Column = {
  Task: 0,
  Call: 1,
  Index: 2,
  Attempt: 3,
  Outcome: 4,
  Pid: 5,
  QueuedAt: 6,
  StartedAt: 7,
  EndedAt: 8,
  ToldAt: 9,
  UnpackMs: 10,
  PackMs: 11,
} as const;
export const COLUMNS = 12;

export const Outcome = { Ok: 0, Error: 1, Crash: 2, Timeout: 3 } as const;

const ROWS_PER_CHUNK = 4_096;

/** Rows of numbers in large pieces: an object for each attempt, or a view, would take longer than a tiny job. */
export class AttemptRows {
  readonly #chunks: Float64Array[] = [];
  readonly #most: number;
  length = 0;
  /** Attempts that there was no room for. */
  dropped = 0;
  /** Where the numbers of the last row are: in this piece, from here on. */
  last = new Float64Array(0);
  lastAt = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Makes a new row the last one; `false` where there are as many as may be. */
  add(): boolean {
    if (this.length >= this.#most) {
      this.dropped += 1;
      return false;
    }
    this.lastAt += COLUMNS;
    if (this.lastAt >= this.last.length) {
      this.last = new Float64Array(COLUMNS * ROWS_PER_CHUNK);
      this.lastAt = 0;
      this.#chunks.push(this.last);
    }
    this.length += 1;
    return true;
  }

  row(index: number): Float64Array {
    const at = index % ROWS_PER_CHUNK;
    return this.#chunks[(index - at) / ROWS_PER_CHUNK]!.subarray(at * COLUMNS, (at + 1) * COLUMNS);
  }

  *all(): Generator<Float64Array> {
    for (let index = 0; index < this.length; index += 1) yield this.row(index);
  }
}
