/** What a process of the kit does with the queue. */
export type ProcessRole =
  /** Reserves so many values, says so, and keeps them without doing anything. */
  | { readonly kind: 'hold'; readonly count: number }
  /** Puts the values when it is told to go, or at once. */
  | { readonly kind: 'put'; readonly values: readonly unknown[]; readonly afterMs: number }
  /** Reserves one value and kills itself. */
  | { readonly kind: 'crash' }
  /** Reserves and acknowledges until it is stopped; writes each step to a file first. */
  | { readonly kind: 'consume'; readonly log: string; readonly batch: number }
  /** Says of one id after the other that it has arrived. */
  | { readonly kind: 'arrive'; readonly ids: readonly string[] }
  /** Keeps `prefix:0`, `prefix:1`, … two at a time, and writes down what was kept, until it is stopped. */
  | { readonly kind: 'keep'; readonly log: string; readonly prefix: string }
  /** Reserves within a limit, works a moment and acknowledges until it is stopped; writes each step to a file. */
  | { readonly kind: 'limited'; readonly log: string; readonly batch: number; readonly atOnce: number }
  /** Puts `prefix:0`, `prefix:1`, … and writes down what was put. */
  | {
      readonly kind: 'produce';
      readonly log: string;
      readonly prefix: string;
      readonly count: number;
      readonly batch: number;
    };

export interface ProcessTask {
  readonly module: string;
  readonly export: string;
  readonly queue: string;
  readonly leaseMs: number;
  readonly maxAttempts: number;
  readonly role: ProcessRole;
}

export type ProcessMessage =
  /** The queue is open. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'held'; readonly values: readonly unknown[] }
  | { readonly kind: 'done' };

export type ProcessCommand = { readonly kind: 'stop' };

/** A line of a log. `take` is written before anything is done, `ack` after the outcome is known. Times are epoch ms. */
export type LogLine =
  | { readonly step: 'put'; readonly value: string }
  | { readonly step: 'kept'; readonly value: string }
  | {
      readonly step: 'take';
      readonly value: string;
      readonly at: number;
      readonly deadline: number;
      readonly pid: number;
    }
  /** The work on it is done, and it is not acknowledged yet. */
  | { readonly step: 'end'; readonly value: string; readonly at: number; readonly pid: number }
  /** Written before it is given back. */
  | { readonly step: 'nack'; readonly value: string; readonly pid: number }
  | { readonly step: 'ack'; readonly value: string; readonly outcome: 'ok' | 'lost'; readonly pid: number };
