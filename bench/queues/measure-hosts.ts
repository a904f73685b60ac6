// Tiny jobs over a queue, by one pool that calls and serves: there and back, submitted, and one alone; beside it the rate of the
// adapter itself, and a peer over the same server. All take turns.
import { ProcessPool, type Queue, type QueueFactory } from 'mproc-worker';
import { Echo } from '../jobs/echo.worker.mjs';
import type { BenchOptions, BenchResult, Goal, Row, Values } from '../measure/benchmark.js';
import { mustBe, result } from '../measure/result.js';
import { alternate, median, rowsOf } from '../measure/rounds.js';
import { roundsOf, sized } from '../measure/size.js';
import { makeAdapter } from './make-adapter.js';
import { throughput } from './measure-queue.js';
import type { OpenPeer, QueuePeer } from './peers/queue-peer.js';

const PROCESSES = 2;
const LEASE_MS = 60_000;
const THERE_AND_BACK = 'there and back, jobs/s';
const SUBMITTED = 'submitted, jobs/s';
const ADAPTER = 'the adapter alone, jobs/s';
const ALONE = 'one alone, ms';
const ROUND_TRIPS = 'put and reserve twice, ms';
/** Of the adapter's own rate. */
const OF_ADAPTER = 0.4;
/** Of what its engine takes for a lone job at least. */
const OF_ROUND_TRIPS = 2;

/** @param peer what it is measured against, where there is one for the engine */
export async function measureHosts(
  engine: string,
  options: BenchOptions,
  peer: QueuePeer | undefined,
  jobs = 4_000,
): Promise<BenchResult> {
  const count = sized(jobs, options, 64);
  const adapter = await makeAdapter(engine);
  const server = await adapter.startServer();
  try {
    process.env[adapter.variable] = server.url;
    const subject = openSubject(adapter.createQueue);
    // As its first figure is asked for: one that cannot be opened has none.
    let opening: Promise<OpenPeer> | undefined;
    const open = (peer: QueuePeer): Promise<OpenPeer> => (opening ??= peer.open(server.url));
    const subjects = [
      { name: THERE_AND_BACK, measure: () => subject.thereAndBack(count) },
      { name: SUBMITTED, measure: () => subject.submitted(count) },
      { name: ADAPTER, measure: () => throughput(subject.queue, count) },
      { name: ALONE, measure: () => subject.aloneMs(Math.ceil(count / 40)) },
      { name: ROUND_TRIPS, measure: () => subject.roundTripsMs(Math.ceil(count / 40)) },
      ...(peer ? [{ name: peer.name, measure: async () => (await open(peer)).rate(count) }] : []),
    ];
    await alternate(subjects, 1);
    const values = await alternate(subjects, roundsOf(options, 9));
    // What a subject that has failed cannot close any more ends with the process, and with its server.
    const other = await opening?.catch(() => undefined);
    await Promise.allSettled([subject.close(), other?.close()]);
    return result(`hosts-${engine}`, { goals: goalsOf(values, peer), rows: rows(values) });
  } finally {
    await server.remove();
    adapter.remove();
  }
}

function goalsOf(values: Values, peer: QueuePeer | undefined): Goal[] {
  const against = (mine: string, theirs: string): number =>
    median(values[mine]!.map((value, round) => value / values[theirs]![round]!));
  const ofPeer: Goal[] =
    peer === undefined
      ? []
      : [{ against: peer.name, ratio: against(THERE_AND_BACK, peer.name), goal: peer.goal }];
  const ofSubmits: Goal[] =
    peer?.submits === undefined
      ? []
      : [{ against: `${peer.name}, submitted`, ratio: against(SUBMITTED, peer.name), goal: peer.submits }];
  return [
    ...ofPeer,
    ...ofSubmits,
    { against: ADAPTER, ratio: against(THERE_AND_BACK, ADAPTER), goal: OF_ADAPTER },
    { against: ROUND_TRIPS, ratio: against(ALONE, ROUND_TRIPS), goal: OF_ROUND_TRIPS, sense: 'at most' },
  ];
}

/** The unit is in the name, as they are not all of one. */
function rows(values: Values): Row[] {
  return rowsOf(values, '').map(({ subject, value }) => {
    const [name = subject, unit = 'jobs/s'] = subject.split(/, (?=jobs\/s$|ms$)/);
    return { subject: name, value, unit };
  });
}

/** A pool that calls and serves, and what is measured of it. */
interface HostSubject {
  readonly queue: Queue<unknown>;
  thereAndBack(jobs: number): Promise<number>;
  submitted(jobs: number): Promise<number>;
  aloneMs(jobs: number): Promise<number>;
  roundTripsMs(times: number): Promise<number>;
  close(): Promise<void>;
}

function openSubject(createQueue: QueueFactory): HostSubject {
  const pool = new ProcessPool({ processes: PROCESSES, queues: createQueue, leaseMs: LEASE_MS });
  const queue = createQueue('bench', { leaseMs: LEASE_MS, maxAttempts: 3 });
  const echo = new Echo();
  return {
    queue,
    async thereAndBack(jobs) {
      const began = performance.now();
      const responses = await pool.map(
        echo,
        Array.from({ length: jobs }, (_, n) => n),
      );
      const rate = perSecond(jobs, began);
      mustBe('right responses', responses.filter(({ body }, n) => body === n).length, jobs);
      return rate;
    },
    async submitted(jobs) {
      let ran = 0;
      const done = new Promise<void>((resolve) => {
        const onResponse = (): void => {
          ran += 1;
          if (ran < jobs) return;
          pool.off('response', onResponse);
          resolve();
        };
        pool.on('response', onResponse);
      });
      const began = performance.now();
      await Promise.all(Array.from({ length: jobs }, (_, n) => pool.submit(echo, n)));
      await done;
      return perSecond(jobs, began);
    },
    async aloneMs(jobs) {
      const began = performance.now();
      for (let n = 0; n < jobs; n += 1) mustBe('what came back', (await pool.run(echo, n)).body, n);
      return (performance.now() - began) / jobs;
    },
    async roundTripsMs(times) {
      const began = performance.now();
      for (let time = 0; time < times; time += 1)
        for (let way = 0; way < 2; way += 1) {
          await queue.put(time);
          const leases = await queue.reserve(1);
          mustBe('leases', leases.length, 1);
          // Nobody waits for it.
          acks.push(queue.ack(leases));
        }
      const took = (performance.now() - began) / times;
      await Promise.all(acks.splice(0));
      return took;
    },
    async close() {
      await queue.destroy();
      await pool.close();
    },
  };
}

const acks: unknown[] = [];

function perSecond(jobs: number, began: number): number {
  return (jobs / (performance.now() - began)) * 1_000;
}
