import type { FixableFinding } from '../findings.js';

/** All that a format may show. */
export interface Report {
  readonly findings: readonly FixableFinding[];
  readonly checked: {
    readonly workers: number;
    readonly listeners: number;
    readonly queues: number;
    readonly strategies: number;
  };
  readonly ms: number;
  /** How many files of the project were looked at. */
  readonly files: number;
  /** Milliseconds of the compiler and of the rules. */
  readonly tiers: { readonly compilerMs: number; readonly rulesMs: number };
  /** How many findings `--fix` took away; 0 without it. */
  readonly fixed: number;
  /** How many findings the baseline holds back. */
  readonly known: number;
}

/** What to say where there is nothing that could be right or wrong; `undefined` when there is. */
export function nothingToCheck({ checked, files }: Report): string | undefined {
  if (checked.workers + checked.listeners + checked.queues + checked.strategies > 0) return undefined;
  return `nothing to check: no worker, listener, queue or strategy in ${files === 1 ? 'the 1 file' : `the ${files} files`} of tsconfig.json; look at its \`files\`, \`include\` and \`references\``;
}
