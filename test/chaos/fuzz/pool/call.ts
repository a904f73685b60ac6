import type { Response } from 'mproc-worker';
import type { JobPlan } from './job.js';
import type { DrawnStrategy } from './strategy.js';

export type CallForm = 'run' | 'map' | 'imap' | 'imapUnordered';

/** A call that was made, and what may become of it. */
export interface OpenCall {
  readonly number: number;
  readonly form: CallForm;
  readonly strategy: DrawnStrategy | undefined;
  /** Of an attempt. */
  readonly limitMs: number | undefined;
  /** In the order in which the pool took them. */
  readonly plans: JobPlan[];
  readonly responses: (Response<unknown> | undefined)[];
  readonly jobIds: Map<string, number>;
  readonly controller: AbortController;
  isAborted: boolean;
  /** Its reader has had enough. */
  isReturned: boolean;
  inputThrows: boolean;
  /** Values of progress by attempt, of each job. */
  readonly reports: Map<string, number[]>;
  readonly hearsProgress: boolean;
  readonly hearsEvents: boolean;
  stop(): void;
}
