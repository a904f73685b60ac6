import { MprocError } from '../../../errors/errors.js';
import { exitCodeOf } from '../../../response/job-response.js';
import type { Job } from '../../jobs/job.js';
import type { Task } from '../../jobs/task.js';
import { Owner } from '../../transport/job-slots.js';
import type { SlotAllocator } from '../placing/slot-allocator.js';
import { type Death, type ForkedProcess, isKill } from '../processes/child-process.js';
import type { ChildSupervisor } from '../processes/child-supervisor.js';
import { crashExitCode, crashOf } from '../processes/death-errors.js';
import { KillEvidence } from '../processes/kill-evidence.js';
import type { Report, ReportReceiver } from '../results/report-receiver.js';
import type { Outcomes } from './outcomes.js';
import type { Termination } from './termination.js';

/** So often a job comes back at no cost from memory that was overwritten: it may be the one that does it. */
const MOST_LOSSES = 5;
/** How much a failed load counts where the process died of an error that another job may have left behind. */
const OTHERS_LOAD = 0.25;

/** How a process ended that had jobs. */
interface End {
  readonly child: number;
  readonly death: Death & { readonly corruption: string | undefined };
  /** It was killed for one of its jobs, which is known. */
  readonly onPurpose: boolean;
  /** It had more than one job. */
  readonly wasShared: boolean;
  /** It had told of other jobs before. */
  readonly wasUsed: boolean;
}

export interface RecoveryEffects {
  /** Are responses to have what their jobs have printed? */
  readonly keepsOutput: boolean;
  now(): number;
  /** Has the pool ended? Who is told of one job may have ended it before the next one's turn. */
  hasEnded(): boolean;
  /** Has jobs run that were in a bundle and were not begun, before all others. */
  enqueue(jobs: readonly Job[]): void;
  /** Has a job run that was not begun, before all others, in whatever process comes to it. */
  runElsewhere(job: Job): void;
  /** Nothing is left of a job that was answered before. */
  forget(job: Job): void;
}

type AttemptTimes = Pick<Report, 'startedAt' | 'endedAt'>;

/** A job that was done, and is in no slot any more; its result went with its process. */
interface LostResult extends AttemptTimes {
  readonly job: Job;
  readonly child: number;
}

/** What becomes of the jobs of a process that died. */
export class CrashRecovery {
  readonly #allocator: SlotAllocator;
  readonly #supervisor: ChildSupervisor;
  readonly #reportReceiver: ReportReceiver;
  readonly #outcomes: Outcomes;
  readonly #termination: Termination;
  readonly #effects: RecoveryEffects;
  readonly #kills = new KillEvidence();
  #lostResults: LostResult[] = [];

  constructor(
    allocator: SlotAllocator,
    supervisor: ChildSupervisor,
    reportReceiver: ReportReceiver,
    outcomes: Outcomes,
    termination: Termination,
    effects: RecoveryEffects,
  ) {
    this.#allocator = allocator;
    this.#supervisor = supervisor;
    this.#reportReceiver = reportReceiver;
    this.#outcomes = outcomes;
    this.#termination = termination;
    this.#effects = effects;
  }

  /** Hears the last that the process has told, and takes its jobs from it. */
  recover(child: ForkedProcess, death: Death): void {
    const { index } = child;
    const loading = this.#supervisor.blocks.loadingSlotOf(index);
    const problem = this.#reportReceiver.collectLast(index);
    if (this.#effects.hasEnded()) return;
    const corruption = child.corruption ?? problem;
    const { bundles } = this.#allocator;
    const claims = this.#supervisor.blocks.claimsOf(index);
    for (const bundle of bundles.all())
      if (this.#hadTaken(index, bundle.slot, claims)) this.#effects.enqueue(bundles.endOfDead(bundle));
    if (isKill(death) && !child.killedOnPurpose && loading === -1) this.#kills.strayKill();
    const left = this.#allocator.jobs().filter((job) => this.#hadTaken(index, job.slot, claims));
    const end: End = {
      child: index,
      death: { ...death, corruption },
      // One that was to be killed may have ended by itself before.
      onPurpose: child.killedOnPurpose && death.signal === 'SIGKILL',
      wasShared: left.length > 1,
      wasUsed: this.#supervisor.hasTold(index),
    };
    for (const job of left) {
      if (this.#effects.hasEnded()) return;
      this.#orphaned(job, end, loading === job.slot);
    }
    for (const { job, startedAt, endedAt } of this.#takeLostResults(index)) {
      if (this.#effects.hasEnded()) return;
      // One that was canceled meanwhile is gone.
      if (!job.answered) this.#ended(job, end, { startedAt, endedAt });
    }
  }

  /** The job ends with its process, the end of which tells how. */
  resultLost(job: Job, { child, startedAt, endedAt }: Report): void {
    this.#lostResults.push({ job, child, startedAt, endedAt });
  }

  #takeLostResults(child: number): LostResult[] {
    const taken = this.#lostResults.filter((lost) => lost.child === child);
    if (taken.length > 0) this.#lostResults = this.#lostResults.filter((lost) => lost.child !== child);
    return taken;
  }

  /** Where the state cannot be, the claims of the process tell. */
  #hadTaken(child: number, slot: number, claims: ReadonlySet<number>): boolean {
    const owner = this.#allocator.slots.ownerOf(slot);
    return owner === child || (owner === Owner.Unknown && claims.has(slot));
  }

  /** What becomes of a job that nobody runs, though nobody has ended it: the words that tell of that were overwritten. */
  lost(job: Job): void {
    if (job.answered || job.notice !== undefined) {
      this.#allocator.release(job);
      return job.answered ? this.#effects.forget(job) : job.afterNotice?.();
    }
    this.#runAgain(job);
  }

  #runAgain(job: Job): void {
    job.losses += 1;
    if (job.losses <= MOST_LOSSES) return this.#effects.runElsewhere(job);
    const error = new MprocError(
      'ERR_PROCESS_CORRUPT',
      `job ${job.jobId} was lost ${job.losses} times, each time with a process that wrote into shared memory where it should not`,
    );
    const now = this.#effects.now();
    const exitCode = exitCodeOf(error);
    this.#outcomes.failed(job, { kind: 'crash', error, exitCode, pid: 0, startedAt: now, endedAt: now });
  }

  /** What becomes of a job whose process died under it. */
  #orphaned(job: Job, end: End, wasLoading: boolean): void {
    const startedAt = this.#allocator.slots.startedAtOf(job.slot, this.#effects.now());
    if (startedAt !== 0) job.task.hasLoaded();
    if (job.answered) {
      this.#allocator.release(job);
      return this.#effects.forget(job);
    }
    if (job.notice !== undefined) {
      this.#allocator.release(job);
      return job.afterNotice?.();
    }
    const isInnocent = end.onPurpose || (end.wasShared && startedAt === 0);
    if (wasLoading && !isInnocent && job.task.hasFailedToLoad(this.#loadWeight(job, end))) {
      this.#allocator.release(job);
      return this.#termination.failLoad(job, crashOf(job, end.death));
    }
    if (job.stop === undefined && (isInnocent || startedAt === 0))
      return this.#startAgain(job, end, isInnocent, startedAt);
    this.#keepOutput(job, end);
    this.#crashed(job, end, { startedAt: startedAt || job.loadingSince, endedAt: this.#effects.now() });
  }

  /** What becomes of a job that was done, and whose result went with its process. */
  #ended(job: Job, end: End, times: AttemptTimes): void {
    if (job.stop === undefined && end.onPurpose) this.#startAgain(job, end, true, times.startedAt);
    else this.#crashed(job, end, times);
  }

  /** Its attempt has failed with its process. */
  #crashed(job: Job, { death }: End, times: AttemptTimes): void {
    const { stop } = job;
    job.stop = undefined;
    const error = stop?.error ?? crashOf(job, death);
    const exitCode = stop === undefined ? crashExitCode(death) : exitCodeOf(error);
    const kind = stop === undefined ? 'crash' : 'timeout';
    this.#outcomes.failed(job, { kind, error, exitCode, pid: death.pid, stack: stop?.stack, ...times });
  }

  /** What it says about a module that a process died while it loaded it, and ran nothing else. */
  #loadWeight(job: Job, { death, wasUsed }: End): number {
    if (isKill(death)) return this.#kills.weightOf(job.task);
    return wasUsed && job.fatal !== undefined && !isThrownBy(job.task, job.fatal) ? OTHERS_LOAD : 1;
  }

  #keepOutput(job: Job, { child }: End): void {
    const output = this.#effects.keepsOutput ? this.#supervisor.outputOf(child)?.ofUnended() : undefined;
    if (output !== undefined) job.addOutput(output);
  }

  /**
   * Has a job run in another process, at no cost.
   * @param isNeighbour its process has ended because of another job; after some such ends it runs alone, so that this has one
   * @param startedAt when it had begun there, 0 if it had not
   */
  #startAgain(job: Job, { death }: End, isNeighbour: boolean, startedAt: number): void {
    if (isNeighbour) job.neighbourDeaths += 1;
    job.firstStartedAt ||= startedAt;
    job.fatal = undefined;
    if (death.corruption === undefined) this.#effects.runElsewhere(job);
    else this.#runAgain(job);
  }
}

function isThrownBy(task: Task, error: Error): boolean {
  const [module = ''] = task.workerClass.module.split(/[?#]/, 1);
  return String(error.stack).includes(module.replace(/^file:\/\//, ''));
}
