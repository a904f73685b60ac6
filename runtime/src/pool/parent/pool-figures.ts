import { constants } from 'node:os';
import { threadId } from 'node:worker_threads';
import { monotonicMs } from '../../clock/monotonic-ms.js';
import { POOL_FIGURES, POOL_HEADER, PROCESS_RECORD } from '../transport/layout.js';
import type { PoolSegment } from '../transport/pool-segment.js';
import type { Death } from './processes/child-process.js';

const { pid: PID, spawned: SPAWNED, deathPid, deathSignal, deathExitCode } = PROCESS_RECORD.word;
const DOUBLE_BYTES = 8;
const OUTSTANDING = POOL_FIGURES.byte.outstanding / DOUBLE_BYTES;
const WAITING = POOL_FIGURES.byte.waiting / DOUBLE_BYTES;
const DELAYED = POOL_FIGURES.byte.delayed / DOUBLE_BYTES;
const WAITING_SINCE = POOL_FIGURES.byte.waitingSince / DOUBLE_BYTES;
const ANSWERED = POOL_FIGURES.byte.answered / DOUBLE_BYTES;
const FAILED = POOL_FIGURES.byte.failed / DOUBLE_BYTES;
const FREE_BYTES = POOL_FIGURES.byte.freeBytes / DOUBLE_BYTES;

/**
 * Writes into the segment what another process cannot find there otherwise, for `mproc ps`: a few stores after each turn
 * of the parent, and some for each process that is made or dies. Nothing reads them in this process.
 */
export class PoolFigures {
  readonly #segment: PoolSegment;
  readonly #words: Int32Array;
  readonly #doubles: Float64Array;
  /** Where the figures are among the doubles. */
  readonly #at: number;

  constructor(segment: PoolSegment) {
    this.#segment = segment;
    this.#words = segment.words;
    this.#doubles = new Float64Array(segment.words.buffer);
    this.#at = segment.byte.figures / DOUBLE_BYTES;
    this.#words[POOL_HEADER.word.threadId] = threadId;
    Atomics.store(this.#words, POOL_HEADER.word.pid, process.pid);
  }

  /**
   * The parent has had a turn.
   * @param waitsSince 0 where no job waits outside the segment
   */
  turned(
    jobs: number,
    waitingJobs: number,
    delayedJobs: number,
    waitsSince: number,
    answers: number,
    failures: number,
    free: number,
  ): void {
    const doubles = this.#doubles;
    const at = this.#at;
    doubles[at + OUTSTANDING] = jobs;
    doubles[at + WAITING] = waitingJobs;
    doubles[at + DELAYED] = delayedJobs;
    doubles[at + WAITING_SINCE] = waitsSince;
    doubles[at + ANSWERED] = answers;
    doubles[at + FAILED] = failures;
    doubles[at + FREE_BYTES] = free;
  }

  /** Jobs came outside of a turn: the program may block before the next one. */
  came(jobs: number, since: number): void {
    const doubles = this.#doubles;
    const at = this.#at;
    doubles[at + WAITING]! += jobs;
    if (doubles[at + WAITING_SINCE] === 0) doubles[at + WAITING_SINCE] = since;
  }

  spawned(child: number, pid: number): void {
    const record = this.#segment.recordOf(child);
    this.#words[record + SPAWNED]! += 1;
    this.#doubles[record / 2 + PROCESS_RECORD.byte.spawnedAt / DOUBLE_BYTES] = this.#now();
    Atomics.store(this.#words, record + PID, pid);
  }

  died(child: number, { pid, signal, exitCode }: Death): void {
    const record = this.#segment.recordOf(child);
    Atomics.store(this.#words, record + PID, 0);
    this.#words[record + deathPid] = pid;
    this.#words[record + deathSignal] = signal === undefined ? 0 : constants.signals[signal];
    this.#words[record + deathExitCode] = exitCode;
    this.#doubles[record / 2 + PROCESS_RECORD.byte.deathAt / DOUBLE_BYTES] = this.#now();
  }

  #now(): number {
    return monotonicMs() - this.#segment.epoch;
  }
}
