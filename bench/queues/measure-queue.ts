// Put, reserve 32, acknowledge: through an adapter as the generator makes it, and by hand through the client. One
// server, started for it and ended after; the two take turns, in many short rounds, as servers have moods.
import type { BenchOptions, BenchResult } from '../measure/benchmark.js';
import { mustBe, result } from '../measure/result.js';
import { alternate, median, rowsOf } from '../measure/rounds.js';
import { roundsOf, sized } from '../measure/size.js';
import type { BareQueue, OpenByHand } from './by-hand/bare-queue.js';
import { makeAdapter } from './make-adapter.js';

const PUT_AT_ONCE = 100;
const RESERVE = 32;
const LEASE_MS = 60_000;
/** What an adapter may cost above the bare commands. */
const GOAL = 0.9;

/**
 * @param openByHand the same through the client alone
 * @param jobs of a round, fewer for engines that are slow
 */
export async function measureQueue(
  engine: string,
  openByHand: OpenByHand,
  options: BenchOptions,
  jobs = 960,
): Promise<BenchResult> {
  const count = sized(jobs, options, RESERVE);
  const adapter = await makeAdapter(engine);
  const server = await adapter.startServer();
  try {
    process.env[adapter.variable] = server.url;
    const queue = adapter.createQueue('bench', { leaseMs: LEASE_MS, maxAttempts: 3 });
    const bare = await openByHand(server.url, { leaseMs: LEASE_MS });
    const subjects = [
      { name: 'adapter', measure: () => throughput(queue, count) },
      { name: 'by hand', measure: () => throughput(bare, count) },
    ];
    await alternate(subjects, 4);
    const values = await alternate(subjects, roundsOf(options, 61));
    await queue.destroy();
    await bare.close();
    return result(`queue-${engine}`, {
      goals: [{ against: 'by hand', ratio: ratioOf(values.adapter!, values['by hand']!), goal: GOAL }],
      rows: rowsOf(values, 'jobs/s'),
    });
  } finally {
    await server.remove();
    adapter.remove();
  }
}

/** The median of what each round says, as the two of a round had the machine in the same mood. */
function ratioOf(adapter: readonly number[], byHand: readonly number[]): number {
  return median(adapter.map((value, round) => value / byHand[round]!));
}

/** Every job is put, leased and acknowledged. @returns jobs a second */
export async function throughput<Lease>(queue: BareQueue<Lease>, jobs: number): Promise<number> {
  const began = performance.now();
  for (let from = 0; from < jobs; from += PUT_AT_ONCE)
    await queue.put(
      Array.from({ length: Math.min(PUT_AT_ONCE, jobs - from) }, (_, index) => ({ number: from + index })),
    );
  let done = 0;
  while (done < jobs) {
    const leases = await queue.reserve(RESERVE);
    await queue.ack(leases);
    done += leases.length;
  }
  mustBe('jobs done', done, jobs);
  return (jobs / (performance.now() - began)) * 1_000;
}
