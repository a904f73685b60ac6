import { futimesSync, openSync, writeSync } from 'node:fs';

/** More of them tell nothing new. */
const MOST_PROBLEMS = 20;

/**
 * What a random program did and what went wrong. Operations are written to a file at once, so that they are known also
 * when the process crashes; its growth tells that the process lives.
 */
export class Report {
  readonly problems: string[] = [];
  readonly counts: Record<string, number> = {};
  readonly #trace: number;
  #round = '';

  constructor(traceFile: string | undefined) {
    this.#trace = traceFile === undefined ? -1 : openSync(traceFile, 'a');
  }

  beginRound(seed: number): void {
    this.#round = `seed ${seed}: `;
    this.did(`round of seed ${seed}`);
  }

  did(operation: string): void {
    if (this.#trace !== -1) writeSync(this.#trace, `${performance.now().toFixed(1)} ${operation}\n`);
  }

  /** Something goes on, though no operation is begun: the file is touched, which whoever watches the process sees. */
  lives(): void {
    const now = Date.now() / 1_000;
    if (this.#trace !== -1) futimesSync(this.#trace, now, now);
  }

  count(what: string, more = 1): void {
    this.counts[what] = (this.counts[what] ?? 0) + more;
  }

  problem(text: string): void {
    this.did(`PROBLEM ${text}`);
    if (this.problems.length < MOST_PROBLEMS) this.problems.push(`${this.#round}${text}`);
  }
}
