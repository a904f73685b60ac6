import { MprocError, ValueError } from '../../../errors/errors.js';
import { hasExited } from '../../../segment/has-exited.js';
import { readingFrom, sender } from '../../../segment/sender.js';
import { unpack, unreadable } from '../../../values/index.js';
import { asError } from '../../../worker/as-error.js';
import type { Job } from '../../jobs/job.js';
import { endsAttempt, kindIn, LARGE_VALUE, positionIn, RecordKind, slotIn, useIn } from '../../protocol.js';
import { LargeValueGoneError, openLargeValue } from '../../transport/large-value.js';
import { RESULT_RECORD } from '../../transport/layout.js';
import type { PoolSegment } from '../../transport/pool-segment.js';
import { ResultReader } from '../../transport/result-ring.js';
import { Bundle } from '../placing/bundle.js';
import { problemOfRecord } from './record-rules.js';

/** One record of a child, read; valid until the next one is. */
export interface Report {
  readonly child: number;
  readonly state: Buffer | undefined;
  readonly startedAt: number;
  readonly endedAt: number;
}

export interface ReportListener {
  /** What lies in a slot, if this is its use. */
  heldIn(slot: number, use: number): Job | Bundle | undefined;
  /** Takes the next job out of a bundle, as something else than its result is told of it. */
  takeOut(bundle: Bundle): Job;
  /** The next job of a bundle has its result. */
  onBundled(bundle: Bundle, body: unknown, report: Report): void;
  /** A child has ended a bundle early. */
  onBundleEnded(bundle: Bundle, position: number): void;
  /** A child has written what cannot be. Nothing more is read of it. */
  onCorrupt(child: number, problem: string): void;
  /** The result of a job went with its process, and the job is in no slot any more. */
  onLost(job: Job, report: Report): void;
  /** An attempt is over, and what it has printed is in its process's pipes, if it is to be kept. */
  readonly onAttemptEnd: ((job: Job, child: number, use: number, ref: number) => void) | undefined;
  onResult(job: Job, body: unknown, report: Report): void;
  onFailure(job: Job, error: Error, exitCode: number | undefined, report: Report): void;
  onEvent(job: Job, type: string): void;
  onProgress(job: Job, value: unknown): void;
  onLoadFailed(job: Job, error: Error): void;
  onNoticed(job: Job, state: Buffer | undefined): void;
  /** How long packing took of the attempt that the child has told of last, in milliseconds. */
  onPacking(child: number, unpackMs: number, packMs: number): void;
  onLargeValueRead(child: number): void;
  pidOf(child: number): number;
  /** Records of the child have been read, and there is room again in its ring. */
  onRead(child: number): void;
}

/** Its times lie in an array: a number that is returned by one function and kept by another is an object for V8. */
class ReportBuffer implements Report {
  child = 0;
  state: Buffer | undefined = undefined;
  readonly times = new Float64Array(2);

  get startedAt(): number {
    return this.times[0]!;
  }

  get endedAt(): number {
    return this.times[1]!;
  }
}

interface OwnResponse {
  readonly ok: boolean;
  readonly body: unknown;
  readonly error: unknown;
  readonly exitCode: unknown;
}

/** Reads what the children tell, in the order of each. */
export class ReportReceiver {
  readonly #segment: PoolSegment;
  readonly #readers: ResultReader[] = [];
  readonly #listener: ReportListener;
  /** One for all records: most would need nothing else of their own. */
  readonly #report = new ReportBuffer();
  #isClosed = false;
  /** A child that is known to be dead, and the last of which is read. */
  #dead = -1;

  constructor(segment: PoolSegment, listener: ReportListener) {
    this.#segment = segment;
    this.#listener = listener;
    for (let child = 0; child < segment.size.childCount; child += 1)
      this.#readers.push(new ResultReader(segment, child));
  }

  /** How many results a child has published that were not read: those of the child that has the most. */
  get unread(): number {
    let most = 0;
    for (const reader of this.#readers) most = Math.max(most, reader.unread);
    return most;
  }

  /** Is `predicate` true of each child that has told something that was not read? */
  ofUnread(predicate: (child: number) => boolean): boolean {
    for (let child = 0; child < this.#readers.length; child += 1)
      if (this.#readers[child]!.unread > 0 && !predicate(child)) return false;
    return true;
  }

  /** As many records as a ring has room for. */
  get mostUnread(): number {
    return this.#segment.size.ringBytes / RESULT_RECORD.lengthBytes;
  }

  /** Reads at most `most` records of each child; returns how many there were. */
  collect(most: number): number {
    let count = 0;
    for (let child = 0; child < this.#readers.length; child += 1) count += this.#collectFrom(child, most);
    return count;
  }

  /** Nothing is read any more: who hears of a record may end the pool, and the next one is not told then. */
  close(): void {
    this.#isClosed = true;
  }

  /**
   * Everything that a dead child has published; then its ring is made ready for a successor.
   * @returns what in the ring could not be
   */
  collectLast(child: number): string | undefined {
    const reader = this.#readers[child]!;
    const before = this.#dead;
    this.#dead = child;
    try {
      this.#collectFrom(child, this.mostUnread);
    } finally {
      this.#dead = before;
    }
    if (this.#isClosed) return undefined;
    const { problem } = reader;
    reader.reset();
    return problem;
  }

  #collectFrom(child: number, most: number): number {
    const reader = this.#readers[child]!;
    let count = 0;
    // Who hears of a record may have other pools read meanwhile.
    const before = sender();
    readingFrom(this.#listener.pidOf(child));
    try {
      while (count < most && !this.#isClosed && reader.next()) {
        count += 1;
        this.#hear(child, reader);
        // Room is given back now and then, so that a child that fills its ring does not wait for the last record.
        if ((count & 63) === 0) reader.release();
      }
    } finally {
      readingFrom(before);
    }
    if (count > 0 && !this.#isClosed) {
      reader.release();
      this.#listener.onRead(child);
    }
    if (reader.problem !== undefined) this.#listener.onCorrupt(child, reader.problem);
    return count;
  }

  #hear(child: number, reader: ResultReader): void {
    const kind = kindIn(reader.tag);
    const slot = slotIn(reader.job);
    // The slot may be in another use by now.
    if (kind === RecordKind.Packing) return this.#hearPacking(child, reader);
    const held = this.#listener.heldIn(slot, useIn(reader.tag));
    if (kind === RecordKind.BundleEnded) {
      // The slot may be in another use by now, when the bundle was ended from here at the same time.
      if (held instanceof Bundle) this.#listener.onBundleEnded(held, positionIn(reader.job));
      return;
    }
    // The usual record, for which the rules come to this.
    if (
      kind === RecordKind.Result &&
      held instanceof Bundle &&
      !isLast(held, reader) &&
      positionIn(reader.job) === held.done &&
      reader.copyTimes(this.#report.times)
    )
      return this.#hearBundled(held, child, reader);
    const problem =
      held === undefined
        ? `a record about slot ${slot}, which is in another use`
        : this.#problemOf(held, kind, reader);
    if (held === undefined || problem !== undefined) return void reader.refuse(problem!);
    if ((kind & LARGE_VALUE) !== 0) this.#hearLargeValue(held, child, reader);
    else this.#hearRecord(held, child, reader);
  }

  #hearPacking(child: number, { payloadAt, payloadBytes }: ResultReader): void {
    try {
      const times = unpack(this.#segment.bytes, payloadAt, payloadBytes);
      if (Array.isArray(times) && times.every(Number.isFinite))
        this.#listener.onPacking(child, Number(times[0]), Number(times[1]));
    } catch {
      // Nothing depends on it.
    }
  }

  #problemOf(held: Job | Bundle, kind: number, reader: ResultReader): string | undefined {
    // Read once: what follows from the record has these.
    if (!reader.copyTimes(this.#report.times)) return 'a record of no time';
    return problemOfRecord(held, kind, positionIn(reader.job));
  }

  /** An object for the job that a record is about. */
  #jobOf(held: Job | Bundle, reader: ResultReader): Job {
    if (!(held instanceof Bundle)) return held;
    if (!endsJob(reader)) return isLast(held, reader) ? held.last! : held.jobAt(held.done);
    const job = isLast(held, reader) ? held.last! : this.#listener.takeOut(held);
    job.unreadable ??= held.unreadable;
    held.unreadable = undefined;
    return job;
  }

  #hearBundled(bundle: Bundle, child: number, reader: ResultReader): void {
    let body: unknown;
    try {
      body = unpack(this.#segment.bytes, reader.payloadAt, reader.payloadBytes);
    } catch (error) {
      bundle.unreadable ??= unreadable(error, 'result');
    }
    const report = this.#tellOf(child, undefined);
    const problem = bundle.unreadable;
    if (problem === undefined) return this.#listener.onBundled(bundle, body, report);
    bundle.unreadable = undefined;
    this.#listener.onFailure(this.#listener.takeOut(bundle), problem, undefined, report);
  }

  #hearLargeValue(held: Job | Bundle, child: number, reader: ResultReader): void {
    const kind = kindIn(reader.tag) & ~LARGE_VALUE;
    const { payloadAt, payloadBytes } = reader;
    const name = this.#segment.bytes.toString('latin1', payloadAt, payloadAt + payloadBytes);
    const colon = name.indexOf(':');
    const stateBytes = Number(name.slice(0, colon));
    const job = this.#jobOf(held, reader);
    this.#tellEnd(job, child, reader);
    let state: Buffer | undefined;
    let value: unknown;
    let problem: Error | undefined;
    try {
      // What follows from the value comes after this: it may fail for reasons of its own.
      openLargeValue(name.slice(colon + 1), 'file', (bytes, at, length, runs) => {
        const bodyBytes = length - stateBytes;
        if (!(stateBytes >= 0 && bodyBytes >= 0))
          throw new MprocError(
            'ERR_VALUE_DECODE',
            `a large value of ${length} bytes has no state of ${stateBytes}`,
          );
        state = copyOf(bytes, at + bodyBytes, stateBytes);
        value = kind === RecordKind.Noticed ? undefined : unpack(bytes, at, bodyBytes, runs);
      });
    } catch (error) {
      // The child died with its large value; a job that is still running under it fails with its death.
      const isDead = child === this.#dead || hasExited(this.#listener.pidOf(child));
      if (error instanceof LargeValueGoneError && isDead) {
        if (job.slot === -1 && endsJob(reader)) this.#listener.onLost(job, this.#tellOf(child, undefined));
        return;
      }
      problem = unreadable(error, rootOf(kind));
    }
    this.#tell(held, job, kind, value, problem, this.#tellOf(child, state));
    this.#listener.onLargeValueRead(child);
  }

  #tellOf(child: number, state: Buffer | undefined): Report {
    const report = this.#report;
    report.child = child;
    report.state = state;
    return report;
  }

  #hearRecord(held: Job | Bundle, child: number, reader: ResultReader): void {
    const { bytes } = this.#segment;
    const { payloadAt, stateBytes } = reader;
    const kind = kindIn(reader.tag);
    const bodyBytes = reader.payloadBytes - stateBytes;
    const state = copyOf(bytes, payloadAt + bodyBytes, stateBytes);
    let value: unknown;
    let problem: Error | undefined;
    try {
      if (kind !== RecordKind.Noticed) value = unpack(bytes, payloadAt, bodyBytes);
    } catch (error) {
      problem = unreadable(error, rootOf(kind));
    }
    const job = this.#jobOf(held, reader);
    this.#tellEnd(job, child, reader);
    this.#tell(held, job, kind, value, problem, this.#tellOf(child, state));
  }

  #tellEnd(job: Job, child: number, { tag, job: ref }: ResultReader): void {
    if (this.#listener.onAttemptEnd !== undefined && endsAttempt(kindIn(tag)))
      this.#listener.onAttemptEnd(job, child, useIn(tag), ref);
  }

  /** @param problem why there is no value */
  #tell(
    held: Job | Bundle,
    job: Job,
    kind: number,
    value: unknown,
    problem: Error | undefined,
    report: Report,
  ): void {
    const listener = this.#listener;
    switch (kind) {
      case RecordKind.Result:
      case RecordKind.Response:
        return this.#tellResult(job, kind, value, job.unreadable ?? problem, report);
      case RecordKind.Thrown:
        return listener.onFailure(job, problem ?? asError(value), undefined, report);
      case RecordKind.Event:
      case RecordKind.Progress:
        // The attempt fails when it ends; a job of a bundle has no object that lasts so long.
        if (problem !== undefined) noteUnreadable(held, job, problem);
        else if (kind === RecordKind.Event) listener.onEvent(job, value as string);
        else listener.onProgress(job, value);
        return;
      case RecordKind.LoadFailed:
        return listener.onLoadFailed(job, problem ?? asError(value));
      case RecordKind.Fatal:
        job.fatal = problem ?? asError(value);
        return;
      case RecordKind.Noticed:
        if (problem !== undefined) return listener.onFailure(job, problem, undefined, report);
        return listener.onNoticed(job, report.state);
    }
  }

  #tellResult(job: Job, kind: number, value: unknown, problem: Error | undefined, report: Report): void {
    const listener = this.#listener;
    if (problem !== undefined) return listener.onFailure(job, problem, undefined, report);
    if (kind === RecordKind.Result) return listener.onResult(job, value, report);
    if (!isOwnResponse(value))
      return listener.onFailure(job, new ValueError('result', 'is no response'), undefined, report);
    if (value.ok) return listener.onResult(job, value.body, report);
    const { exitCode } = value;
    listener.onFailure(
      job,
      asError(value.error),
      typeof exitCode === 'number' ? exitCode : undefined,
      report,
    );
  }
}

function copyOf(bytes: Buffer, at: number, lengthBytes: number): Buffer | undefined {
  return lengthBytes === 0 ? undefined : Buffer.from(bytes.subarray(at, at + lengthBytes));
}

/** What a record's value is called in the path of a part that cannot be read. */
function rootOf(kind: number): string {
  switch (kind) {
    case RecordKind.Progress:
      return 'progress';
    case RecordKind.Event:
      return 'event';
    case RecordKind.Result:
    case RecordKind.Response:
      return 'result';
    case RecordKind.Noticed:
      return 'state';
    default:
      return 'error';
  }
}

function noteUnreadable(held: Job | Bundle, job: Job, problem: Error): void {
  const lasting = held instanceof Bundle && job !== held.last ? held : job;
  lasting.unreadable ??= problem;
}

function isOwnResponse(value: unknown): value is OwnResponse {
  return typeof value === 'object' && value !== null && typeof (value as OwnResponse).ok === 'boolean';
}

/** Is the record about the job that a bundle was ended with? */
function isLast(bundle: Bundle, reader: ResultReader): boolean {
  return bundle.last !== undefined && positionIn(reader.job) === bundle.count - 1;
}

/** Does nothing follow of a job of a bundle after this record? No other record may take it out. */
function endsJob(reader: ResultReader): boolean {
  const kind = kindIn(reader.tag) & ~LARGE_VALUE;
  return kind === RecordKind.Result || kind === RecordKind.Response || kind === RecordKind.Thrown;
}
