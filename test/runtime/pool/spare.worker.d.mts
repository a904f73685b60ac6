import { Worker } from 'mproc-worker';

export class Spare extends Worker<boolean, number> {
  process(dies: boolean): number;
}
