import { setTimeout as sleep } from 'node:timers/promises';
import { type Lease, SharedMemoryQueue } from 'mproc-worker';
import { fill } from '../pool/job-values.js';
import type { Random } from '../random.js';
import type { Held, Log } from './log.js';
import type { QueueOperation, QueueSettings } from './settings.js';

/** What is put: a number that nobody else puts, and bytes that only it gives. */
export interface Numbered {
  readonly n: number;
  readonly bytes: Uint8Array;
}

/** Full or closed is a legal end of an operation; a stopped process may hold the queue for long. */
const LEGAL = ['ERR_QUEUE_FULL', 'ERR_QUEUE_CLOSED', 'ERR_LOCK_TIMEOUT'];
const MOST_BYTES = 10_000_000;
/** Beside a load, what many steps take. */
const MOST_MS = 8_000;

/** Does random operations on a queue and writes down what it does. */
export class Actor {
  #queue: SharedMemoryQueue<Numbered>;
  #put = 0;
  #bytes = 0;
  readonly #begun = performance.now();
  isOver = false;

  constructor(
    readonly settings: QueueSettings,
    readonly number: number,
    readonly log: Log,
  ) {
    this.#queue = this.#open();
  }

  #open(): SharedMemoryQueue<Numbered> {
    return new SharedMemoryQueue<Numbered>(this.settings.name, this.settings.options);
  }

  async run(random: Random): Promise<void> {
    const chains = Array.from({ length: this.settings.chains }, (_, at) => this.#chain(random.derive(at)));
    await Promise.all(chains);
  }

  get queue(): SharedMemoryQueue<Numbered> {
    return this.#queue;
  }

  async close(): Promise<void> {
    await this.#record('close', {}, async () => {
      await this.#queue.close();
      return {};
    });
  }

  async destroy(): Promise<void> {
    await this.#queue.destroy();
  }

  get #isOver(): boolean {
    return this.isOver || performance.now() - this.#begun > MOST_MS;
  }

  async #chain(random: Random): Promise<void> {
    for (let step = 0; step < this.settings.steps && !this.#isOver; step += 1) {
      const own = random.derive(step);
      const operation = own.weighted(this.settings.operations);
      await this.#do(operation, own);
      if (own.chance(0.2)) await sleep(own.below(5));
    }
  }

  /** Writes the operation down, and any error that is none of those that may be. */
  async #record<Result extends object>(
    op: string,
    begin: object,
    act: () => Promise<Result>,
  ): Promise<Result | undefined> {
    const end = this.log.begin({ op, ...begin });
    try {
      const result = await act();
      end(result);
      return result;
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      end({ outcomes: [`${code}`], ...(!LEGAL.includes(code ?? '') && { problem: `${code}: ${message}` }) });
      if (code === 'ERR_QUEUE_CLOSED' && this.settings.isDestroyedSoon) this.isOver = true;
      return undefined;
    }
  }

  async #do(operation: QueueOperation, random: Random): Promise<void> {
    const queue = this.#queue;
    switch (operation) {
      case 'put':
        return this.#putSome(queue, random);
      case 'reserve':
        return this.#reserve(queue, random, random.pick([0, 0, 5]));
      case 'wait':
        return this.#reserve(queue, random, random.pick([20, 200]));
      case 'pop':
        return void (await this.#record('take', {}, async () => taken([await queue.pop()])));
      case 'iterate':
        return this.#iterate(queue, random);
      case 'takeAll':
        return void (await this.#record('takeAll', {}, async () =>
          taken(await queue.getAll({ empty: true })),
        ));
      case 'reopen':
        return this.#reopen();
      default:
        await this.#look(operation, queue, random);
    }
  }

  async #look(operation: string, queue: SharedMemoryQueue<Numbered>, random: Random): Promise<void> {
    await this.#record(operation, {}, async () => {
      if (operation === 'getAll') return wrongAmong(await queue.getAll({ limit: random.pick([0, 1, 5]) }));
      if (operation === 'at') return wrongAmong([await queue.at(random.below(10))]);
      if (operation === 'counts') return wrongCounts(await queue.counts());
      if (operation === 'lookAtDead')
        return wrongAmong((await queue.dead.getAll({ limit: 5 })).map(({ value }) => value));
      if (operation === 'clear') await queue.clear();
      if (operation === 'clearDead') await queue.dead.clear();
      if (operation === 'requeue') await queue.dead.requeue();
      return {};
    });
  }

  async #reopen(): Promise<void> {
    if (this.settings.name === undefined) return;
    await this.close();
    this.#queue = this.#open();
  }

  #make(random: Random): Numbered {
    this.#put += 1;
    const n = this.number * 1_000_000 + this.#put;
    const drawn = Math.floor(this.settings.largestBytes ** random.next());
    const lengthBytes = this.#bytes + drawn > MOST_BYTES ? 0 : drawn;
    this.#bytes += lengthBytes;
    return { n, bytes: fill(lengthBytes, n) };
  }

  async #putSome(queue: SharedMemoryQueue<Numbered>, random: Random): Promise<void> {
    const key = random.chance(0.1) ? `key ${random.below(20)}` : undefined;
    const count = key === undefined && random.chance(0.3) ? random.between(2, 20) : 1;
    const values = Array.from({ length: count }, () => this.#make(random));
    const priority = random.pick([0, 0, 0, 0, 1, -1, 5]);
    const delayMs = random.chance(0.15) ? random.pick([1, 20, 100]) : 0;
    const options = { priority, delayMs, ...(key !== undefined && { dedupeKey: key }) };
    const ns = values.map(({ n }) => n);
    await this.#record('put', { ns, priority, delayMs, ...(key !== undefined && { key }) }, async () => ({
      ids: await queue.put(values.length === 1 ? values[0]! : values, options),
    }));
  }

  async #reserve(queue: SharedMemoryQueue<Numbered>, random: Random, waitMs: number): Promise<void> {
    const max = random.pick([1, 1, 1, 5, 50]);
    const isAborted = random.chance(0.1);
    const signal = isAborted ? AbortSignal.timeout(random.below(20) + 1) : undefined;
    let leases: Lease<Numbered>[] = [];
    await this.#record('reserve', {}, async () => {
      leases = await queue.reserve(max, { waitMs, ...(signal && { signal }) });
      return { leases: leases.map(heldOf), ...wrongAmong(leases.map(({ value }) => value)) };
    });
    if (leases.length === 0) return;
    if (random.chance(0.3)) await sleep(random.below(40));
    await this.#settle(queue, leases, random);
  }

  async #settle(
    queue: SharedMemoryQueue<Numbered>,
    leases: Lease<Numbered>[],
    random: Random,
  ): Promise<void> {
    const held = { leases: leases.map(heldOf) };
    const ack = () => this.#record('ack', held, async () => ({ outcomes: await queue.ack(leases) }));
    switch (random.weighted({ ack: 10, nack: 3, dead: 1, refund: 1, extend: 2, twice: 1, leave: 1 })) {
      case 'nack':
        await this.#nack(queue, leases, random.chance(0.5) ? { delayMs: random.below(50) } : {});
        break;
      case 'dead':
        await this.#nack(queue, leases, { dead: true });
        break;
      case 'refund':
        await this.#nack(queue, leases, { refund: true });
        break;
      case 'extend':
        await this.#record('extend', held, async () => ({ outcomes: await queue.extend(leases, 500) }));
        await ack();
        break;
      case 'twice':
        await ack();
        await ack();
        break;
      case 'leave':
        break;
      default:
        await ack();
    }
  }

  async #nack(
    queue: SharedMemoryQueue<Numbered>,
    leases: Lease<Numbered>[],
    options: { delayMs?: number; dead?: boolean; refund?: boolean },
  ): Promise<void> {
    const held = { leases: leases.map(heldOf) };
    await this.#record('nack', held, async () => ({ outcomes: await queue.nack(leases, options) }));
  }

  async #iterate(queue: SharedMemoryQueue<Numbered>, random: Random): Promise<void> {
    const most = random.between(1, 5);
    const values = queue[Symbol.asyncIterator]();
    for (let at = 0; at < most; at += 1) {
      let isDone = false;
      await this.#record('take', {}, async () => {
        const next = await values.next();
        isDone = next.done === true;
        return taken(next.done ? [] : [next.value]);
      });
      if (isDone) return;
    }
  }
}

function heldOf({ value, id, token, attempt }: Lease<Numbered>): Held {
  return { n: value?.n, id, token, attempt };
}

function taken(values: readonly (Numbered | undefined)[]): { ns: number[]; problem?: string } {
  const there = values.filter((value) => value !== undefined);
  return { ns: there.map(({ n }) => n), ...wrongAmong(there) };
}

function wrongAmong(values: readonly (Numbered | undefined)[]): { problem?: string } {
  const wrong = values.find(
    (value) => value !== undefined && !Buffer.from(fill(value.bytes?.length, value.n)).equals(value.bytes),
  );
  return wrong === undefined ? {} : { problem: `value ${wrong.n} has other bytes` };
}

function wrongCounts(counts: object): { problem?: string } {
  const isOdd = Object.values(counts).some((count) => !(Number.isInteger(count) && count >= 0));
  return isOdd ? { problem: `counts are ${JSON.stringify(counts)}` } : {};
}
