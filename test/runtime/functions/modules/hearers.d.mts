import { type FunctionWorker, Worker } from 'mproc-worker';
export class Prices extends Worker<{ waitMs?: number; holdMs?: number }, number | undefined> {
  static override onMessage(message: Map<string, number> | Uint8Array | string): Promise<unknown>;
  protected override process(): Promise<number | undefined>;
}
export class Deaf extends Worker<number, void> {
  protected override process(): void;
}
export const counter: FunctionWorker<number, number>;
