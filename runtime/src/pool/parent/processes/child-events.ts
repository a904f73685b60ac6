import type { Logger } from '../../../contracts/logger.js';
import { feedTo } from '../../../trace/feed.js';
import type { Recorder } from '../../../trace/recorder.js';
import { traceFor } from '../../../trace/trace-for.js';
import { tellProcess } from '../../channels/process-channel.js';
import { type ProcessFigures, reasonOf } from '../../figures/process-figures.js';
import { placeOf } from '../../jobs/task.js';
import type { TaskRegistry } from '../../jobs/task-registry.js';
import type { EngineEvents, PoolEngine } from '../../pool-engine.js';
import { jobToCancel } from '../../transport/cancel-request.js';
import { feedAskedFor } from '../../transport/feed-request.js';
import { traceAskedFor } from '../../transport/trace-request.js';
import type { CrashRecovery } from '../ending/crash-recovery.js';
import type { MemoryCheck } from '../placing/memory-check.js';
import type { WakePolicy } from '../placing/wake-policy.js';
import type { PoolFigures } from '../pool-figures.js';
import type { ParentLoop } from '../results/parent-loop.js';
import type { Broadcasts } from './broadcasts.js';
import type { Death, ForkedProcess } from './child-process.js';
import type { ChildSupervisorEvents } from './child-supervisor.js';
import { shellCodeOf } from './death-errors.js';

export interface ChildEventParts {
  readonly name: string;
  readonly options: { readonly logger: Logger };
  readonly events: EngineEvents;
  readonly loop: ParentLoop;
  readonly figures: PoolFigures;
  readonly processes: ProcessFigures;
  readonly broadcasts: Broadcasts;
  readonly tasks: TaskRegistry;
  readonly recovery: CrashRecovery;
  readonly memory: MemoryCheck;
  readonly waking: WakePolicy;
  readonly answers: { readonly outstanding: number };
  readonly hasEnded: boolean;
  readonly recorder: Recorder | undefined;
  now(): number;
}

/** What follows where a child starts, rings, sends a message or dies. */
export class ChildEvents implements ChildSupervisorEvents {
  readonly #parts: ChildEventParts;
  /** What other programs ask for by a child's message is done for it as a whole. */
  readonly #engine: PoolEngine;
  readonly #abandonAll: (death: Death) => void;

  /** @param abandonAll ends all calls, since no process can be started */
  constructor(parts: ChildEventParts, engine: PoolEngine, abandonAll: (death: Death) => void) {
    this.#parts = parts;
    this.#engine = engine;
    this.#abandonAll = abandonAll;
  }

  onRing(): void {
    this.#parts.loop.turn();
  }

  isNeeded(): boolean {
    return this.#parts.answers.outstanding > 0;
  }

  onMessage(child: ForkedProcess, message: Buffer): void {
    const { broadcasts, events } = this.#parts;
    const trace = traceAskedFor(message);
    if (trace !== undefined)
      return this.#orLog(`no trace is written to ${trace.file}:`, () => traceFor(this.#engine, trace));
    const feed = feedAskedFor(message);
    if (feed !== undefined)
      return this.#orLog('nothing is told to mproc web:', () => feedTo(this.#engine, feed));
    const jobId = jobToCancel(message);
    if (jobId === undefined) return broadcasts.onMessage(child, message);
    events.onCancelRequest(jobId);
  }

  /** The code for it may not be loadable now, and who has asked is another program. */
  #orLog(problem: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#parts.options.logger.error(problem, error);
    }
  }

  /** A spare is to be ready for the jobs that there have been. */
  onSpare(spare: ForkedProcess): void {
    for (const workerClass of this.#parts.tasks.loadedClasses)
      this.#parts.broadcasts.prepare(spare, placeOf(workerClass));
  }

  onSpawn({ index, pid }: ForkedProcess): void {
    const { name, figures, processes, recorder, events } = this.#parts;
    const at = this.#parts.now();
    figures.spawned(index, pid);
    processes.born(pid, at);
    tellProcess(() => ({ pool: name, event: 'spawn', pid }));
    recorder?.note({ kind: 'spawn', at, pid });
    events.onSpawn(pid);
  }

  /** Whatever the child was to do, take a job or ring this process, others do from now on. */
  onExit(): void {
    if (this.#parts.hasEnded) return;
    this.#parts.waking.wakeAfterDeath();
    this.#parts.loop.nudge();
  }

  onDeath(child: ForkedProcess, death: Death): void {
    const { broadcasts, recovery, memory, events, loop } = this.#parts;
    this.#count(child, death);
    broadcasts.onDeath(child, death);
    if (!this.#parts.hasEnded) recovery.recover(child, death);
    // What has killed it may have been a stray write, and not the first one.
    if (!this.#parts.hasEnded) memory.look();
    events.onExit(death);
    loop.nudge();
  }

  #count(child: ForkedProcess, death: Death): void {
    const { name: pool, figures, processes, recorder } = this.#parts;
    const { pid, signal, stderr } = death;
    const reason = reasonOf(child, death);
    const at = this.#parts.now();
    figures.died(child.index, death);
    processes.died(child.pid, reason, at);
    const how = signal ?? `exit code ${death.exitCode}`;
    recorder?.note({ kind: 'death', at, pid, reason, how, stderr });
    tellProcess(() => ({ pool, event: 'exit', pid, reason, exitCode: shellCodeOf(death), signal, stderr }));
  }

  onUnusable(death: Death): void {
    if (!this.#parts.hasEnded) this.#abandonAll(death);
  }
}
