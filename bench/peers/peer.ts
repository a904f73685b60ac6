/** A function of `jobs/functions.mjs`. */
export type JobName = 'sum' | 'echo' | 'burn';

export interface PeerSettings<Job = JobName> {
  readonly processes: number;
  readonly job: Job;
}

/** A function of a module that every peer loads as it is. */
export interface ModuleJob {
  /** Its URL. */
  readonly module: string;
  readonly name: string;
  /** Arguments or results have typed arrays, which JSON does not carry. @default false */
  readonly hasBytes?: boolean | undefined;
}

export type AnyJob = JobName | ModuleJob;

const FUNCTIONS = new URL('../jobs/functions.mjs', import.meta.url).href;

/** The function, wherever it is. */
export function moduleJobOf(job: AnyJob): ModuleJob {
  return typeof job === 'string' ? { module: FUNCTIONS, name: job } : job;
}

/** A pool of ours or of another package, that runs one function. */
export interface PeerPool<Answer = unknown> {
  run(input: unknown): Promise<Answer>;
  map(inputs: readonly unknown[]): Promise<readonly Answer[]>;
  /** The result that an answer holds. @throws what the job failed with */
  valueOf(answer: Answer): unknown;
  close(): unknown;
}

export interface Peer<Pool extends PeerPool = PeerPool, Job = JobName> {
  readonly name: string;
  open(settings: PeerSettings<Job>): Pool;
}

/** One that runs functions of any module. */
export type ModulePeer<Pool extends PeerPool = PeerPool> = Peer<Pool, AnyJob>;
