import { Worker } from 'mproc-worker';

export class Ends extends Worker<string | undefined, void> {
  process(library: string | undefined): void;
}
