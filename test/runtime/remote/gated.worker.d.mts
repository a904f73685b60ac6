import { Worker } from 'mproc-worker';

export interface GatedArgs {
  readonly n: number;
  /** A file that the job waits for. */
  readonly gate?: string;
  /** What it does before; with `join` it gives `n` and what it knows of the jobs before it. */
  readonly does?: 'throw' | 'die' | 'report' | 'join';
  readonly note?: string;
}

export class Gated extends Worker<GatedArgs, number> {
  static override readonly module: string;
  static onMessage(message: unknown): { readonly heard: unknown; readonly pid: number };
  file: string;
  protected override process(args: GatedArgs): Promise<number>;
}
