import { Worker } from 'mproc-worker';

/** How long its module takes at least, in milliseconds. */
export declare const LOADS_MS: number;

export declare class SpinsOnceLoaded extends Worker<void, never> {
  protected process(): never;
}
