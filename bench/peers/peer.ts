/** A function of `jobs/functions.mjs`. */
export type JobName = 'sum' | 'echo' | 'burn';

export interface PeerSettings {
  readonly processes: number;
  readonly job: JobName;
}

/** A pool of ours or of another package, that runs one function. */
export interface PeerPool<Answer = unknown> {
  run(input: unknown): Promise<Answer>;
  map(inputs: readonly unknown[]): Promise<readonly Answer[]>;
  /** The result that an answer holds. @throws what the job failed with */
  valueOf(answer: Answer): unknown;
  close(): unknown;
}

export interface Peer<Pool extends PeerPool = PeerPool> {
  readonly name: string;
  open(settings: PeerSettings): Pool;
}
