import type { Queue } from '../../contracts/queue.js';
import { versioned } from '../remote/versioned.js';

/** How long a tick is remembered that is done, in milliseconds: the clocks of hosts may differ by less. */
const KEPT_MS = 10 * 60_000;
/** Records that are looked after at once. */
const MOST_AT_ONCE = 64;

/** A tick whose job has ended. Nobody takes it before it is old; the last one of a schedule stays. */
interface DoneRecord {
  readonly version: 1;
  readonly schedule: string;
  readonly tick: number;
}

/** Which ticks are done, in the engine: a host whose clock is late, or that has just begun, learns of it. */
export class TickLog {
  readonly #queue: Queue<unknown>;

  constructor(queue: Queue<unknown>) {
    this.#queue = queue;
  }

  async wasDone(schedule: string, tick: number): Promise<boolean> {
    return (await this.#records()).some((one) => one.schedule === schedule && one.tick === tick);
  }

  /** The last one; `undefined` where there is none. */
  async lastOf(schedule: string): Promise<number | undefined> {
    return lastIn(await this.#records(), schedule);
  }

  async note(schedule: string, tick: number): Promise<void> {
    const record: DoneRecord = { version: 1, schedule, tick };
    await this.#queue.put(record, { delayMs: KEPT_MS, dedupeKey: `${schedule}@${tick}` });
    await this.#forgetOld();
  }

  async #forgetOld(): Promise<void> {
    const old = await this.#queue.reserve(MOST_AT_ONCE);
    if (old.length === 0) return;
    const records = [...(await this.#records()), ...old.map(({ value }) => value).filter(isDone)];
    const isLast = ({ value }: { readonly value: unknown }) =>
      isDone(value) && value.tick === lastIn(records, value.schedule);
    const kept = old.filter(isLast);
    await this.#queue.ack(old.filter((lease) => !kept.includes(lease)));
    if (kept.length > 0) await this.#queue.nack(kept, { delayMs: KEPT_MS, refund: true });
  }

  async #records(): Promise<readonly DoneRecord[]> {
    return (await this.#queue.getAll()).filter(isDone);
  }
}

function lastIn(records: readonly DoneRecord[], schedule: string): number | undefined {
  let last: number | undefined;
  for (const one of records) if (one.schedule === schedule && one.tick > (last ?? -Infinity)) last = one.tick;
  return last;
}

function isDone(value: unknown): value is DoneRecord {
  const record = versioned<DoneRecord>(value);
  return typeof record?.schedule === 'string' && typeof record.tick === 'number';
}
