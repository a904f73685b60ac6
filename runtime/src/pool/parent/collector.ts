import { type RunSource, unpack, unpackThrown } from '../../values/index.js';
import { asError } from '../../worker/as-error.js';
import { PARCEL, RecordKind } from '../protocol.js';
import { openParcel, ParcelGoneError } from '../transport/parcel.js';
import type { PoolSegment } from '../transport/pool-segment.js';
import { ResultReader } from '../transport/result-ring.js';
import type { Job } from './job.js';

/** One record of a child, read; valid until the next one is. */
export interface Told {
  readonly child: number;
  readonly state: Buffer | undefined;
  readonly startedAt: number;
  readonly endedAt: number;
}

export interface Hearing {
  jobAt(slot: number): Job | undefined;
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
  readonly #told = { child: 0, state: undefined as Buffer | undefined, startedAt: 0.5, endedAt: 0.5 };

  constructor(segment: PoolSegment, hearing: Hearing) {
    this.#segment = segment;
    this.#hearing = hearing;
    for (let child = 0; child < segment.size.childCount; child += 1)
      this.#readers.push(new ResultReader(segment, child));
  }

  hasMore(): boolean {
    return this.#readers.some((reader) => reader.hasMore());
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
    const job = this.#hearing.jobAt(reader.slot);
    const { kind } = reader;
    if ((kind & PARCEL) === 0) {
      if (job)
        this.#read(
          job,
          kind,
          child,
          reader,
          this.#segment.bytes,
          reader.payloadAt,
          reader.payloadBytes,
          reader.stateBytes,
        );
      return;
    }
    const name = this.#segment.bytes.toString(
      'latin1',
      reader.payloadAt,
      reader.payloadAt + reader.payloadBytes,
    );
    const colon = name.indexOf(':');
    const stateBytes = Number(name.slice(0, colon));
    try {
      if (job)
        openParcel(name.slice(colon + 1), 'file', (bytes, at, length, runs) =>
          this.#read(job, kind & ~PARCEL, child, reader, bytes, at, length, stateBytes, runs),
        );
    } catch (error) {
      // The child died with its parcel; the job is still running under it and fails with its death.
      if (error instanceof ParcelGoneError) return;
      const at = { child, state: undefined, startedAt: reader.startedAt, endedAt: reader.endedAt };
      this.#hearing.onFailure(job!, asError(error), undefined, at);
    }
    this.#hearing.onParcelTaken(child);
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
    const told = this.#told;
    told.child = child;
    told.state = state;
    told.startedAt = reader.startedAt;
    told.endedAt = reader.endedAt;
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

function thrown(bytes: Buffer, at: number, lengthBytes: number): Error {
  return asError(unpackThrown(bytes, at, lengthBytes));
}
