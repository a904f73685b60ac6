import { clearInterval, setInterval } from '../../clock/timers.js';
import type { Lease, Queue } from '../../contracts/queue.js';
import type { OpenQueues } from '../remote/open-queues.js';
import { TICK_QUEUE } from '../remote/queue-names.js';
import type { TickOfRecord } from '../remote/records.js';
import { TickLog } from './tick-log.js';

/** How the job of a tick may go on. */
export interface EnteredTick {
  /**
   * - `'run'`: it is to run
   * - `'done'`: it has run; the record is one of a host whose clock is late
   * - `'later'`: the job of the tick before runs
   */
  readonly state: 'run' | 'done' | 'later';
  /** Its job has ended, whatever of it; before the record goes. */
  done(): Promise<void>;
  /** Lets the next one run. */
  leave(): Promise<void>;
}

const nothing = async () => {};

/** Looks whether the job of a tick is to run here, and now. */
export async function enterTick(
  openQueues: OpenQueues,
  { schedule, at, inTurn }: TickOfRecord,
): Promise<EnteredTick> {
  const log = new TickLog(openQueues.answers(TICK_QUEUE));
  if (await log.wasDone(schedule, at)) return { state: 'done', done: nothing, leave: nothing };
  const done = () => log.note(schedule, at);
  if (!inTurn) return { state: 'run', done, leave: nothing };
  const turns = openQueues.answers(`turns.${schedule}`);
  const turn = await takeTurn(turns);
  if (turn === undefined) return { state: 'later', done: nothing, leave: nothing };
  const renewal = setInterval(() => void renew(turns, turn), openQueues.leaseMs / 3);
  const leave = async () => {
    clearInterval(renewal);
    // A lease that nobody gives back ends by itself.
    await Promise.resolve(turns.nack([turn], { refund: true })).catch(nothing);
  };
  return { state: 'run', done, leave };
}

/** One record is the turn of the schedule: who has it leased runs. If its holder dies, it comes back. */
async function takeTurn(turns: Queue<unknown>): Promise<Lease<unknown> | undefined> {
  await turns.put({ version: 1, turn: true }, { dedupeKey: 'turn' });
  const [turn] = await turns.reserve(1);
  return turn;
}

async function renew(turns: Queue<unknown>, turn: Lease<unknown>): Promise<void> {
  try {
    await turns.extend([turn]);
  } catch {
    // The server is away; the lease may outlast it.
  }
}
