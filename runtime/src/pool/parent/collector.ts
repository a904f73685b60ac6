import { type RunSource, unpack, unpackThrown } from '../../values/index.js';
import { asError } from '../../worker/as-error.js';
import { PARCEL, positionIn, RecordKind, slotIn } from '../protocol.js';
import { openParcel, ParcelGoneError } from '../transport/parcel.js';
import type { PoolSegment } from '../transport/pool-segment.js';
import { ResultReader } from '../transport/result-ring.js';
import { Bundle } from './bundle.js';
import type { Job } from './job.js';

/** One record of a child, read; valid until the next one is. */
export interface Told {
  readonly child: number;
  readonly state: Buffer | undefined;
  readonly startedAt: number;
  readonly endedAt: number;
}

export interface Hearing {
  /** What lies in a slot. */
  heldIn(slot: number): Job | Bundle | undefined;
  /** Takes the next job out of a bundle, as something else than its result is told of it. */
  takeOut(bundle: Bundle): Job;
  /** The next job of a bundle has its result. */
  onBundled(bundle: Bundle, body: unknown, told: Told): void;
  /** A child has ended a bundle early. */
  onBundleEnded(slot: number, turn: number): void;
  /** The result of a job went with its process, and the job is in no slot any more. */
  onLost(job: Job): void;
  onResult(job: Job, body: unknown, told: Told): void;
  onFailure(job: Job, error: Error, exitCode: number | undefined, told: Told): void;
  onEvent(job: Job, type: string): void;
  onProgress(job: Job, value: unknown): void;
  onLoadFailed(job: Job, error: Error): void;
  onNoticed(job: Job, state: Buffer | undefined): void;
  onParcelTaken(child: number): void;
  /** Records of the child have been read, and there is room again in its ring. */
  onRead(child: number): void;
}

/** Its times lie in an array: a number that is returned by one function and kept by another is an object for V8. */
class Report implements Told {
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
  readonly exitCode: number;
}

/** Reads what the children tell, in the order of each. */
export class Collector {
  readonly #segment: PoolSegment;
  readonly #readers: ResultReader[] = [];
  readonly #hearing: Hearing;
  /** One for all records: most would need nothing else of their own. */
  readonly #told = new Report();

  constructor(segment: PoolSegment, hearing: Hearing) {
    this.#segment = segment;
    this.#hearing = hearing;
    for (let child = 0; child < segment.size.childCount; child += 1)
      this.#readers.push(new ResultReader(segment, child));
  }

  /** How many results a child has published that were not read: those of the child that has the most. */
  get unread(): number {
    let most = 0;
    for (const reader of this.#readers) most = Math.max(most, reader.unread);
    return most;
  }

  /** Reads at most `most` records of each child; returns how many there were. */
  collect(most: number): number {
    let count = 0;
    for (let child = 0; child < this.#readers.length; child += 1) count += this.#collectFrom(child, most);
    return count;
  }

  /** Everything that a dead child has published; then its ring is made ready for a successor. */
  collectLast(child: number): void {
    this.#collectFrom(child, Number.POSITIVE_INFINITY);
    this.#readers[child]!.reset();
  }

  #collectFrom(child: number, most: number): number {
    const reader = this.#readers[child]!;
    let count = 0;
    while (count < most && reader.next()) {
      count += 1;
      this.#hear(child, reader);
      // Room is given back now and then, so that a child that fills its ring does not wait for the last record.
      if ((count & 63) === 0) reader.release();
    }
    if (count > 0) {
      reader.release();
      this.#hearing.onRead(child);
    }
    return count;
  }

  #hear(child: number, reader: ResultReader): void {
    const { kind } = reader;
    const slot = slotIn(reader.slot);
    if (kind === RecordKind.BundleEnded) return this.#hearing.onBundleEnded(slot, reader.startedAt);
    const held = this.#hearing.heldIn(slot);
    if (held === undefined) {
      if ((kind & PARCEL) !== 0) this.#hearing.onParcelTaken(child);
      return;
    }
    const { bytes } = this.#segment;
    const { payloadAt, payloadBytes } = reader;
    if ((kind & PARCEL) !== 0) this.#hearParcel(this.#jobOf(held, reader), child, reader);
    else if (held instanceof Bundle && kind === RecordKind.Result && !isLast(held, reader))
      this.#hearBundled(held, child, reader);
    else
      this.#read(
        this.#jobOf(held, reader),
        kind,
        child,
        reader,
        bytes,
        payloadAt,
        payloadBytes,
        reader.stateBytes,
      );
  }

  /** An object for the job that a record is about. */
  #jobOf(held: Job | Bundle, reader: ResultReader): Job {
    if (!(held instanceof Bundle)) return held;
    if (isLast(held, reader)) return held.last!;
    return endsJob(reader) ? this.#hearing.takeOut(held) : held.jobAt(held.done);
  }

  #hearBundled(bundle: Bundle, child: number, reader: ResultReader): void {
    let body: unknown;
    try {
      body = unpack(this.#segment.bytes, reader.payloadAt, reader.payloadBytes);
    } catch (error) {
      const job = this.#hearing.takeOut(bundle);
      return this.#hearing.onFailure(job, asError(error), undefined, this.#tellOf(child, reader, undefined));
    }
    this.#hearing.onBundled(bundle, body, this.#tellOf(child, reader, undefined));
  }

  #hearParcel(job: Job, child: number, reader: ResultReader): void {
    const { payloadAt, payloadBytes } = reader;
    const name = this.#segment.bytes.toString('latin1', payloadAt, payloadAt + payloadBytes);
    const colon = name.indexOf(':');
    const stateBytes = Number(name.slice(0, colon));
    try {
      openParcel(name.slice(colon + 1), 'file', (bytes, at, length, runs) =>
        this.#read(job, reader.kind & ~PARCEL, child, reader, bytes, at, length, stateBytes, runs),
      );
    } catch (error) {
      // The child died with its parcel; a job that is still running under it fails with its death.
      if (error instanceof ParcelGoneError) {
        if (job.slot === -1 && endsJob(reader)) this.#hearing.onLost(job);
        return;
      }
      const at = { child, state: undefined, startedAt: reader.startedAt, endedAt: reader.endedAt };
      this.#hearing.onFailure(job, asError(error), undefined, at);
    }
    this.#hearing.onParcelTaken(child);
  }

  #tellOf(child: number, reader: ResultReader, state: Buffer | undefined): Told {
    const told = this.#told;
    told.child = child;
    told.state = state;
    reader.copyTimes(told.times);
    return told;
  }

  #read(
    job: Job,
    kind: number,
    child: number,
    reader: ResultReader,
    bytes: Buffer,
    at: number,
    lengthBytes: number,
    stateBytes: number,
    runs?: RunSource,
  ): void {
    const bodyBytes = lengthBytes - stateBytes;
    const stateAt = at + bodyBytes;
    const state = stateBytes === 0 ? undefined : Buffer.from(bytes.subarray(stateAt, stateAt + stateBytes));
    const told = this.#tellOf(child, reader, state);
    const hearing = this.#hearing;
    switch (kind) {
      case RecordKind.Result: {
        let body: unknown;
        try {
          body = unpack(bytes, at, bodyBytes, runs);
        } catch (error) {
          return hearing.onFailure(job, asError(error), undefined, told);
        }
        return hearing.onResult(job, body, told);
      }
      case RecordKind.Response: {
        const own = unpack(bytes, at, bodyBytes, runs) as OwnResponse;
        if (own.ok) return hearing.onResult(job, own.body, told);
        return hearing.onFailure(job, asError(own.error), own.exitCode, told);
      }
      case RecordKind.Thrown:
        return hearing.onFailure(job, thrown(bytes, at, bodyBytes), undefined, told);
      case RecordKind.Event:
        return hearing.onEvent(job, unpack(bytes, at, bodyBytes) as string);
      case RecordKind.Progress:
        return hearing.onProgress(job, unpack(bytes, at, bodyBytes, runs));
      case RecordKind.LoadFailed:
        return hearing.onLoadFailed(job, thrown(bytes, at, bodyBytes));
      case RecordKind.Fatal:
        job.fatal = thrown(bytes, at, bodyBytes);
        return;
      case RecordKind.Noticed:
        return hearing.onNoticed(job, state);
    }
  }
}

/** Is the record about the job that a bundle was ended with? */
function isLast(bundle: Bundle, reader: ResultReader): boolean {
  return bundle.last !== undefined && positionIn(reader.slot) === bundle.count - 1;
}

/** Does nothing follow of a job of a bundle after this record? No other record may take it out. */
function endsJob(reader: ResultReader): boolean {
  const kind = reader.kind & ~PARCEL;
  return kind === RecordKind.Result || kind === RecordKind.Response || kind === RecordKind.Thrown;
}

function thrown(bytes: Buffer, at: number, lengthBytes: number): Error {
  return asError(unpackThrown(bytes, at, lengthBytes));
}
