import { type FunctionWorker, Worker } from 'mproc-worker';
export interface Told {
  what?: string;
  times?: number;
  value?: unknown;
  ms?: number;
}
export class Does extends Worker<Told, unknown> {
  heard?: string[];
  tries: number;
  protected override process(told: Told): Promise<unknown>;
}
export const resource: FunctionWorker<number, number>;
export const broken: FunctionWorker<number, number>;
