/** What is known of an attempt in the process that runs it. */
export interface AttemptInfo {
  readonly jobId: string;
  /** Name of the worker's class or function. */
  readonly class: string;
  /** Number of the attempt, from 1. */
  readonly attempt: number;
  /** What came with the job; see `JobMessage`. */
  readonly carrier: Readonly<Record<string, string>>;
}

/** What surrounds the code of jobs in a process. */
export interface AttemptHooks {
  /** Runs an attempt, and gives what it gives. Asked for jobs with a carrier alone. */
  around?(attempt: AttemptInfo, run: () => unknown): unknown;
  /** Called before the process ends by itself. */
  beforeEnd?(): Promise<unknown> | undefined;
}

/** Where they are found by whichever copy of this package runs the job. */
const HOOKS = Symbol.for('mproc-worker.attempt-hooks');

interface Hooked {
  [HOOKS]?: AttemptHooks | undefined;
}

export function setAttemptHooks(hooks: AttemptHooks | undefined): void {
  (globalThis as Hooked)[HOOKS] = hooks;
}

export function attemptHooks(): AttemptHooks | undefined {
  return (globalThis as Hooked)[HOOKS];
}
