import type { FailureNote, Recorder, TraceEvent } from './recorder.js';

/** What a recorder is put into. */
interface Recorded {
  recorder: Recorder | undefined;
}

/** A pool may be traced while it is watched. */
class Several implements Recorder {
  readonly all: readonly Recorder[];

  constructor(all: readonly Recorder[]) {
    this.all = all;
  }

  attempt(...attempt: Parameters<Recorder['attempt']>): void {
    for (const one of this.all) one.attempt(...attempt);
  }

  packing(...times: Parameters<Recorder['packing']>): void {
    for (const one of this.all) one.packing(...times);
  }

  note(event: TraceEvent): void {
    for (const one of this.all) one.note(event);
  }

  failure(failure: FailureNote): void {
    for (const one of this.all) one.failure?.(failure);
  }
}

export function recordersOf({ recorder }: Recorded): readonly Recorder[] {
  if (recorder instanceof Several) return recorder.all;
  return recorder === undefined ? [] : [recorder];
}

export function addRecorder(engine: Recorded, recorder: Recorder): void {
  setRecorders(engine, [...recordersOf(engine), recorder]);
}

export function removeRecorder(engine: Recorded, recorder: Recorder): void {
  setRecorders(
    engine,
    recordersOf(engine).filter((one) => one !== recorder),
  );
}

function setRecorders(engine: Recorded, recorders: readonly Recorder[]): void {
  engine.recorder = recorders.length > 1 ? new Several(recorders) : recorders[0];
}
