import { type FunctionWorker, Worker } from 'mproc-worker';

declare class Any extends Worker<unknown, unknown> {
  protected override process(): unknown;
}
export class Client extends Any {}
export class OtherClient extends Any {}
export class SlowSetup extends Any {}
export class ExitsInSetup extends Any {}
export class SlowTeardown extends Any {}
export const counts: FunctionWorker<number, number>;
export const failsFirst: FunctionWorker<number, string>;
