import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessPool } from 'mproc-worker';
import type { Random } from '../random.js';
import type { Report } from '../report.js';

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    // It has ended by itself, or of an earlier one.
    return false;
  }
}

/** Each costs the start of a process, or a while in which one does nothing. */
const MOST_KILLS = 40;
const MOST_STOPS = 15;

/** Kills and stops processes of a pool at times that the seed decides, until told to end. */
export class Faults {
  #isOver = false;
  readonly #ended: Promise<void>[] = [];

  constructor(
    readonly pool: ProcessPool,
    readonly report: Report,
    readonly onKill: () => void,
  ) {}

  killEvery(ms: number, random: Random): void {
    this.#repeat(ms, MOST_KILLS, random, (pid) => {
      const name = random.pick(['SIGKILL', 'SIGKILL', 'SIGTERM'] as const);
      if (signal(pid, name)) {
        this.report.count('kills');
        this.onKill();
      }
      this.report.did(`${name} to process ${pid}`);
    });
  }

  stopEvery(ms: number, random: Random): void {
    this.#repeat(ms, MOST_STOPS, random, async (pid) => {
      if (!signal(pid, 'SIGSTOP')) return;
      this.report.count('stops');
      this.report.did(`process ${pid} is stopped`);
      await sleep(random.between(1, 200));
      signal(pid, 'SIGCONT');
    });
  }

  #repeat(ms: number, most: number, random: Random, act: (pid: number) => void | Promise<void>): void {
    this.#ended.push(
      (async () => {
        for (let times = 0; times < most && !this.#isOver; times += 1) {
          await sleep(2 * ms * random.next());
          const { pids } = this.pool.stats();
          if (!this.#isOver && pids.length > 0) await act(random.pick(pids));
        }
      })(),
    );
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#ended);
  }
}
