import type { JobBefore } from '../../contracts/job-before.js';
import type { Attempt, JobOutput } from '../../contracts/response.js';
import { MprocError } from '../../errors/errors.js';
import type { Packed } from '../../values/index.js';
import type { JobMessage } from '../channels/job-channel.js';
import type { SetMember } from '../collections/indexed-set.js';
import type { TableMember } from '../collections/number-table.js';
import type { Steering } from '../steering/steering.js';
import type { LargeValue } from '../transport/large-value.js';
import type { Caller } from './caller.js';
import type { AnyWorker, Task } from './task.js';

/** Arguments as they were packed for an attempt: in this process's memory, or in a file of its own that is still there. */
export type PackedArgs = Packed | LargeValue;

/** Why a job was told to stop. */
export interface Stop {
  readonly kind: 'timeout' | 'canceled';
  readonly error: Error;
  /** Where the attempt was, as far as that is known. */
  readonly stack?: string | undefined;
}

/** @param reason `undefined` where nobody waits for the job any more */
export function canceledBy(reason: Error | undefined): Stop {
  return {
    kind: 'canceled',
    error: reason ?? new MprocError('ERR_JOB_CANCELED', 'nobody waits for the job'),
  };
}

/** So often a job is started beside others again after its process was ended because of one of them. */
const MOST_NEIGHBOUR_DEATHS = 2;

/** What few jobs have: an attempt that failed, changed state, a large value, a limit. */
class Particulars {
  neighbourDeaths = 0;
  largeValue: LargeValue | undefined;
  firstStartedAt = 0;
  earlier: Attempt[] | undefined;
  state: Buffer | undefined;
  packedArgs: PackedArgs | undefined;
  view: AnyWorker | undefined;
  stop: Stop | undefined;
  fatal: Error | undefined;
  unreadable: Error | undefined;
  afterNotice: (() => void) | undefined;
  notice: Buffer | undefined;
  isEnding = false;
  timeoutMs: number | undefined;
  loadingSince = 0;
  losses = 0;
  output: JobOutput | undefined;
  message: JobMessage | undefined;
  carrier: Readonly<Record<string, string>> | undefined;
  before: readonly JobBefore[] | undefined;
  steering: Steering | undefined;
}

/**
 * What the parent keeps of a job while it is not answered. There are as many as fit into shared memory, made and
 * thrown away hundreds of thousands of times a second: what few jobs have lies apart.
 */
export class Job implements SetMember, TableMember<Job> {
  /** Among those with a time limit. */
  place = -1;
  nextInTable: Job | undefined = undefined;
  attempt = 1;
  /** Slot that it occupies; -1 while it waits in the parent. */
  slot = -1;
  /** Page of its payload; -1 when it has none. */
  page = -1;
  queuedAt = 0;
  answered = false;
  #particulars: Particulars | undefined;

  constructor(
    readonly task: Task,
    readonly caller: Caller,
    /** Position in the call. */
    readonly index: number,
    public args: unknown,
  ) {}

  get jobId(): string {
    return `${this.caller.record.jobIdPrefix}.${this.index}`;
  }

  #apart(): Particulars {
    this.#particulars ??= new Particulars();
    return this.#particulars;
  }

  /** Is there anything about it that most jobs have not? */
  get isPlain(): boolean {
    return this.#particulars === undefined;
  }

  /** The segment of its own that its arguments travel in. */
  get largeValue(): LargeValue | undefined {
    return this.#particulars?.largeValue;
  }

  set largeValue(value: LargeValue | undefined) {
    if (value !== undefined || this.#particulars !== undefined) this.#apart().largeValue = value;
  }

  /** Attempts that failed; made with the first of them. */
  get earlier(): Attempt[] | undefined {
    return this.#particulars?.earlier;
  }

  set earlier(value: Attempt[] | undefined) {
    if (value !== undefined || this.#particulars !== undefined) this.#apart().earlier = value;
  }

  /** State that replaces the task's; set when an attempt or a listener changed it. */
  get state(): Buffer | undefined {
    return this.#particulars?.state;
  }

  set state(value: Buffer | undefined) {
    if (value !== undefined || this.#particulars !== undefined) this.#apart().state = value;
  }

  /** Arguments as they were packed for the first attempt; kept only when there is another. */
  get packedArgs(): PackedArgs | undefined {
    return this.#particulars?.packedArgs;
  }

  set packedArgs(value: PackedArgs | undefined) {
    if (value !== undefined || this.#particulars !== undefined) this.#apart().packedArgs = value;
  }

  /** The worker as listeners in this process see it. */
  get view(): AnyWorker | undefined {
    return this.#particulars?.view;
  }

  set view(value: AnyWorker | undefined) {
    if (value !== undefined || this.#particulars !== undefined) this.#apart().view = value;
  }

  get stop(): Stop | undefined {
    return this.#particulars?.stop;
  }

  set stop(value: Stop | undefined) {
    if (value !== undefined || this.#particulars !== undefined) this.#apart().stop = value;
  }

  /** What its process is about to die of. */
  get fatal(): Error | undefined {
    return this.#particulars?.fatal;
  }

  set fatal(value: Error | undefined) {
    if (value !== undefined || this.#particulars !== undefined) this.#apart().fatal = value;
  }

  /** Why something that the attempt has told of itself cannot be read; the attempt fails with it when it ends. */
  get unreadable(): Error | undefined {
    return this.#particulars?.unreadable;
  }

  set unreadable(value: Error | undefined) {
    if (value !== undefined || this.#particulars !== undefined) this.#apart().unreadable = value;
  }

  /** Set while a notice to the listeners of the class is on its way: what to do when it has been heard. */
  get afterNotice(): (() => void) | undefined {
    return this.#particulars?.afterNotice;
  }

  set afterNotice(value: (() => void) | undefined) {
    if (value !== undefined || this.#particulars !== undefined) this.#apart().afterNotice = value;
  }

  get notice(): Buffer | undefined {
    return this.#particulars?.notice;
  }

  set notice(value: Buffer | undefined) {
    if (value !== undefined || this.#particulars !== undefined) this.#apart().notice = value;
  }

  /** Its answer is decided, and listeners are told before it is given: nothing that they do changes it. */
  get isEnding(): boolean {
    return this.#particulars?.isEnding ?? false;
  }

  set isEnding(value: boolean) {
    this.#apart().isEnding = value;
  }

  /** How often its process was ended because of another job in it. */
  get neighbourDeaths(): number {
    return this.#particulars?.neighbourDeaths ?? 0;
  }

  set neighbourDeaths(value: number) {
    this.#apart().neighbourDeaths = value;
  }

  /** Does nothing run beside it, so that its process can end by nobody else's doing? */
  get runsAlone(): boolean {
    return this.neighbourDeaths >= MOST_NEIGHBOUR_DEATHS;
  }

  /** When it was first seen that a process loads the module for it; 0 before. */
  get loadingSince(): number {
    return this.#particulars?.loadingSince ?? 0;
  }

  set loadingSince(value: number) {
    if (value !== 0 || this.#particulars !== undefined) this.#apart().loadingSince = value;
  }

  /** How often it came back unfinished from memory that was overwritten, at no cost. */
  get losses(): number {
    return this.#particulars?.losses ?? 0;
  }

  set losses(value: number) {
    this.#apart().losses = value;
  }

  get timeoutMs(): number | undefined {
    return this.#particulars?.timeoutMs;
  }

  set timeoutMs(value: number | undefined) {
    if (value !== undefined || this.#particulars !== undefined) this.#apart().timeoutMs = value;
  }

  /** What its attempts have printed, where that is kept. */
  get output(): JobOutput | undefined {
    return this.#particulars?.output;
  }

  addOutput({ stdout, stderr }: JobOutput): void {
    const before = this.output;
    this.#apart().output = {
      stdout: (before?.stdout ?? '') + stdout,
      stderr: (before?.stderr ?? '') + stderr,
    };
  }

  /** What is told of it, where somebody listens. */
  get message(): JobMessage | undefined {
    return this.#particulars?.message;
  }

  set message(value: JobMessage | undefined) {
    this.#apart().message = value;
  }

  /** What goes with it to the process that runs it. */
  get carrier(): Readonly<Record<string, string>> | undefined {
    return this.#particulars?.carrier;
  }

  set carrier(value: Readonly<Record<string, string>> | undefined) {
    this.#apart().carrier = value;
  }

  /** What became of the jobs before it; it has a carrier then, too. */
  get before(): readonly JobBefore[] | undefined {
    return this.#particulars?.before;
  }

  set before(value: readonly JobBefore[] | undefined) {
    this.#apart().before = value;
  }

  /** When it may begin, and before which others; few calls say that. */
  get steering(): Steering | undefined {
    return this.#particulars?.steering;
  }

  set steering(value: Steering | undefined) {
    if (value !== undefined || this.#particulars !== undefined) this.#apart().steering = value;
  }

  /** What is packed for the process that runs it, and what paths in it begin with. */
  get sent(): unknown {
    const { carrier, before } = this;
    return carrier === undefined ? this.args : { args: this.args, carrier, before };
  }

  get sentRoot(): string {
    return this.#particulars?.carrier === undefined ? 'args' : '';
  }

  /** When its first attempt began; 0 before. */
  get firstStartedAt(): number {
    return this.#particulars?.firstStartedAt ?? 0;
  }

  set firstStartedAt(value: number) {
    this.#apart().firstStartedAt = value;
  }
}
