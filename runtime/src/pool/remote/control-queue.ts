import type { Queue } from '../../contracts/queue.js';
import { UnsupportedError } from '../../errors/errors.js';
import { isOrderRecord, isPausedRecord, type OrderRecord, type PausedRecord } from './control-records.js';
import type { OpenQueues } from './open-queues.js';

/** What lies there. */
export interface ControlState {
  /** Names of classes. */
  readonly paused: ReadonlySet<string>;
  readonly orders: readonly OrderRecord[];
}

/** Can it lie there for all to see? */
export function canCarryControl({ supports }: Queue<unknown>): boolean {
  return supports.shared && supports.peek;
}

/**
 * The queue `control`, whose records all hosts look at and nobody takes: which classes are paused, and orders. So they outlive
 * whoever has put them, and hosts that start later see them.
 */
export class ControlQueue {
  readonly #openQueues: OpenQueues;

  constructor(openQueues: OpenQueues) {
    this.#openQueues = openQueues;
  }

  /** @throws UnsupportedError where the engine shows nothing without taking it, or to nobody else */
  #queue(): Queue<unknown> {
    const queue = this.#openQueues.control();
    if (!queue.supports.shared) throw new UnsupportedError(`queue ${queue.name}`, 'shared');
    if (!queue.supports.peek) throw new UnsupportedError(`queue ${queue.name}`, 'peek');
    return queue;
  }

  async read(): Promise<ControlState> {
    const records = await this.#queue().getAll();
    return {
      paused: new Set(records.filter(isPausedRecord).map(({ paused }) => paused)),
      orders: records.filter(isOrderRecord),
    };
  }

  async put(record: PausedRecord | OrderRecord): Promise<void> {
    const queue = this.#queue();
    if (queue.supports.dedupe) await queue.put(record, { dedupeKey: keyOf(record) });
    else if ((await queue.getAll()).every((one) => keyOf(one) !== keyOf(record))) await queue.put(record);
  }

  async remove(record: PausedRecord | OrderRecord): Promise<void> {
    const queue = this.#queue();
    const all = await queue.getAll();
    if (all.every((one) => keyOf(one) !== keyOf(record))) return;
    const { dedupe, withdraw } = queue.supports;
    // Whatever has the record's key has the id that is given.
    if (dedupe && withdraw) await queue.withdraw!(await queue.put(record, { dedupeKey: keyOf(record) }));
    else await rewrite(queue, all, keyOf(record));
  }
}

/** The others are put once more before the old ones are taken, so that they are there all the time. */
async function rewrite(queue: Queue<unknown>, all: readonly unknown[], unwanted: string): Promise<void> {
  const others = new Map(all.map((one) => [keyOf(one), one]));
  others.delete(unwanted);
  if (others.size > 0) await queue.put([...others.values()]);
  await queue.getAll({ limit: all.length, empty: true });
}

/** The same for records that mean the same. */
function keyOf(record: unknown): string {
  if (isPausedRecord(record)) return `paused ${record.paused}`;
  return isOrderRecord(record) ? `order ${record.order}` : '';
}
