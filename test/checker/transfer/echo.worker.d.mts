import { Worker } from '../../../runtime/dist/index.js';

export declare class Echo extends Worker<unknown, unknown> {
  protected override process(value: unknown): unknown;
}
