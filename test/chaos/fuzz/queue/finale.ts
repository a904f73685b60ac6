import { setTimeout as sleep } from 'node:timers/promises';
import { SharedMemoryQueue } from 'mproc-worker';
import type { Random } from '../random.js';
import type { Report } from '../report.js';
import type { Numbered } from './actor.js';
import type { QueueSettings } from './settings.js';

/** Beside a load of many programs. */
const SERVED_MS = 8_000;
const HAND_OVERS = 3;

type AnyQueue = SharedMemoryQueue<Numbered>;

/** What a queue has left when nobody else uses it any more: everything comes back in time, once. */
export async function takeRemaining(
  queue: AnyQueue,
  { options }: QueueSettings,
  report: Report,
): Promise<number[]> {
  const { leaseMs = 30_000 } = options;
  let giveUpAt = performance.now() + leaseMs + Math.max(1_000, leaseMs / 4) + SERVED_MS;
  const ns: number[] = [];
  for (;;) {
    // Few, so that they are acknowledged while the lease lasts.
    const leases = await queue.reserve(leaseMs < 1_000 ? 2 : 100, { waitMs: 100 });
    const outcomes = await queue.ack(leases);
    ns.push(...leases.filter((_, at) => outcomes[at] === 'ok').map(({ value }) => value.n));
    const { ready, delayed, leased } = await queue.counts();
    if (ready + delayed + leased === 0) break;
    // As long as it gives, it may go on.
    if (outcomes.includes('ok')) giveUpAt += 1_000;
    if (performance.now() < giveUpAt) continue;
    report.problem(`the queue still says ${JSON.stringify(await queue.counts())}, and gives nothing more`);
    break;
  }
  const dead = await queue.dead.getAll();
  const { dead: count } = await queue.counts();
  if (count !== dead.length) report.problem(`${dead.length} dead letters where ${count} are counted`);
  return [...ns, ...dead.map(({ value }) => value!.n)];
}

/** Who waits is served by the next put, through the same handle or another, whatever moment it comes at. */
export async function handOver(
  queue: AnyQueue,
  settings: QueueSettings,
  random: Random,
  report: Report,
): Promise<void> {
  // They have been counted, and may have all of its memory.
  await queue.dead.clear();
  const other =
    settings.name !== undefined && random.chance(0.5)
      ? new SharedMemoryQueue<Numbered>(settings.name, settings.options)
      : queue;
  for (let at = 0; at < HAND_OVERS; at += 1) {
    const since = performance.now();
    const served = queue.reserve(1, { waitMs: 2 * SERVED_MS });
    if (random.chance(0.6)) await sleep(random.below(4));
    await other.put({ n: -1 - at, bytes: new Uint8Array() });
    const leases = await served;
    const tookMs = performance.now() - since;
    if (leases.length !== 1 || tookMs > SERVED_MS)
      report.problem(
        `who waited had ${leases.length} values after ${Math.round(tookMs)} ms, though one was put`,
      );
    await queue.ack(leases);
  }
  if (other !== queue) await other.close();
}

/** Takes what comes, all through a round; in its end nothing is ready that it was not woken for. */
export class Waiter {
  readonly #ending = new AbortController();
  readonly ns: number[] = [];
  #isWaiting = false;
  readonly #ended: Promise<void>;

  constructor(
    readonly queue: AnyQueue,
    readonly random: Random,
    readonly report: Report,
  ) {
    this.#ended = this.#run();
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      this.#isWaiting = true;
      const leases = await this.queue.reserve(this.random.pick([1, 5]), { waitMs: 600_000, signal });
      this.#isWaiting = false;
      const outcomes = await this.queue.ack(leases);
      this.ns.push(...leases.filter((_, at) => outcomes[at] === 'ok').map(({ value }) => value.n));
      if (this.random.chance(0.5)) await sleep(this.random.below(20));
    }
  }

  /** Called when nobody else uses the queue. */
  async end(): Promise<void> {
    const giveUpAt = performance.now() + SERVED_MS;
    let { ready } = await this.queue.counts();
    for (; ready > 0 && performance.now() < giveUpAt; { ready } = await this.queue.counts()) await sleep(50);
    if (ready > 0 && this.#isWaiting)
      this.report.problem(`${ready} values were ready for ${SERVED_MS} ms beside one that waits for them`);
    this.#ending.abort();
    await this.#ended;
  }
}
