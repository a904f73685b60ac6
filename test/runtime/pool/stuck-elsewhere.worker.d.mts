import { Worker } from 'mproc-worker';

export class StuckElsewhere extends Worker<undefined, number> {
  process(): number;
}
