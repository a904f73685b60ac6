import type { Finding } from '../findings.js';

/** All that a format may show. */
export interface Report {
  readonly findings: readonly Finding[];
  readonly checked: {
    readonly workers: number;
    readonly listeners: number;
    readonly queues: number;
    readonly strategies: number;
  };
  readonly ms: number;
  /** Milliseconds of the compiler and of the rules. */
  readonly tiers: { readonly compilerMs: number; readonly rulesMs: number };
  /** How many findings `--fix` took away; 0 without it. */
  readonly fixed: number;
  /** How many findings the baseline holds back. */
  readonly known: number;
}
