import { Worker } from 'mproc-worker';

export interface LimitedArgs {
  readonly key: string;
  readonly n: number;
  readonly ms?: number;
  readonly does?: 'busy' | 'wait' | 'end late' | 'fail' | 'fail once' | 'die';
}

export declare class Limited extends Worker<LimitedArgs, number> {
  file: string;
  protected process(args: LimitedArgs): Promise<number>;
}

export declare class Free extends Limited {}
