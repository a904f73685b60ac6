// A server's handlers: a thousand callers in one process, each waits for a small job and comes back with the next.
import type { BenchOptions, BenchResult, Subject } from './measure/benchmark.js';
import { mustBe, result } from './measure/result.js';
import { alternate, medianOf, rowsOf } from './measure/rounds.js';
import { roundsOf, sized } from './measure/size.js';
import { mapThroughput, sumInputs, warmUp } from './measure/throughput.js';
import { type OurPool, ours } from './peers/ours.js';
import type { Peer, PeerPool } from './peers/peer.js';
import { piscina } from './peers/piscina.js';

const PROCESSES = 2;
const CALLERS = 1_000;
const FEW_CALLERS = 32;
/** Its best at tiny jobs. */
const THREADS = piscina(10);
const MAP = 'map of all';
const SHORT_MAPS = `map, ${FEW_CALLERS} a call`;

export async function run(options: BenchOptions): Promise<BenchResult> {
  const inputs = sumInputs(sized(200_000, options, 2 * CALLERS));
  const p99: Record<string, number[]> = {};
  const callersOf = (peer: Peer, callers: number): Subject => {
    const name = titleOf(peer, callers);
    const slowest: number[] = [];
    p99[`${name}, p99 of a wait`] = slowest;
    return {
      name,
      async measure() {
        const { perJob, waits } = await byCallers(peer, callers, inputs);
        slowest.push(waits[Math.floor(waits.length * 0.99)]!);
        return perJob;
      },
    };
  };
  const values = await alternate(
    [
      { name: MAP, measure: async () => 1e6 / (await mapThroughput(ours, PROCESSES, inputs)) },
      { name: SHORT_MAPS, measure: () => byShortMaps(inputs) },
      callersOf(ours, FEW_CALLERS),
      callersOf(ours, CALLERS),
      callersOf(THREADS, CALLERS),
    ],
    roundsOf(options, 5),
  );
  const [own, threads] = [titleOf(ours, CALLERS), titleOf(THREADS, CALLERS)];
  const slowest = (name: string): number => medianOf(p99, `${name}, p99 of a wait`);
  return result('server', {
    goals: [
      {
        against: SHORT_MAPS,
        ratio: medianOf(values, own) / medianOf(values, SHORT_MAPS),
        goal: 1.5,
        sense: 'at most',
      },
      {
        against: `${threads}, p99 of a wait`,
        ratio: slowest(own) / slowest(threads),
        goal: 1,
        sense: 'at most',
      },
    ],
    rows: [...rowsOf(values, 'µs a job'), ...rowsOf(p99, 'µs')],
  });
}

function titleOf({ name }: Peer, callers: number): string {
  return `run, ${callers.toLocaleString('en')} callers: ${name}`;
}

/** Microseconds a job. */
function byShortMaps(inputs: readonly number[][]): Promise<number> {
  return withPool(ours, async (pool: OurPool) => {
    const all = async (): Promise<unknown[]> => {
      const answers: unknown[] = [];
      for (let from = 0; from < inputs.length; from += FEW_CALLERS)
        for (const answer of await pool.map(inputs.slice(from, from + FEW_CALLERS)))
          answers.push(pool.valueOf(answer));
      return answers;
    };
    await warmUp(all);
    const began = performance.now();
    const answers = await all();
    const perJob = ((performance.now() - began) * 1000) / inputs.length;
    checkSums(SHORT_MAPS, answers);
    return perJob;
  });
}

interface Waits {
  /** Microseconds from the first call to the last answer, for each job. */
  readonly perJob: number;
  /** How long each job was waited for, in microseconds, the shortest first. */
  readonly waits: Float64Array;
}

function byCallers(peer: Peer, callers: number, inputs: readonly number[][]): Promise<Waits> {
  return withPool(peer, async (pool) => {
    const waits = new Float64Array(inputs.length);
    const answers = new Array<unknown>(inputs.length);
    let next = 0;
    const call = async (): Promise<void> => {
      while (next < inputs.length) {
        const at = next++;
        const began = performance.now();
        answers[at] = await pool.run(inputs[at]);
        waits[at] = (performance.now() - began) * 1000;
      }
    };
    const all = async (): Promise<void> => {
      next = 0;
      await Promise.all(Array.from({ length: callers }, call));
    };
    await warmUp(all);
    const began = performance.now();
    await all();
    const perJob = ((performance.now() - began) * 1000) / inputs.length;
    checkSums(titleOf(peer, callers), answers.map(pool.valueOf));
    return { perJob, waits: waits.sort() };
  });
}

async function withPool<Pool extends PeerPool, Found>(
  peer: Peer<Pool>,
  use: (pool: Pool) => Promise<Found>,
): Promise<Found> {
  const pool = peer.open({ processes: PROCESSES, job: 'sum' });
  try {
    return await use(pool);
  } finally {
    await pool.close();
  }
}

function checkSums(name: string, answers: readonly unknown[]): void {
  for (const [at, answer] of answers.entries()) mustBe(`${name}: answer ${at}`, answer, 4 * at + 6);
}
