import { Worker } from 'mproc-worker';

export declare class SpinsOnceLoaded extends Worker<void, never> {
  protected process(): never;
}
