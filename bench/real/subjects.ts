import { SharedArray } from 'mproc-worker';
import type { ModulePeer, PeerPool } from '../peers/peer.js';
import type { RealCase } from './cases.js';
import type { Share } from './material.js';

/** Who does the work, and what that is allowed to be. */
interface RealSubject {
  readonly load: () => Promise<ModulePeer>;
  takes(work: RealCase): boolean;
  /** Memory that its processes or threads see, too. @default none */
  readonly share?: Share;
  /** Arguments are given away, and so made anew before the clock starts. @default false */
  readonly transfers?: boolean;
}

export const OURS = 'mproc-worker';
export const OURS_ASYNC = 'mproc-worker, 10 at once';
export const ALONE = 'no pool, one thread';

const inThreads: Share = (length) => ({ values: new Uint8Array(new SharedArrayBuffer(length)) });
const inFiles: Share = (length) => SharedArray.allocate('Uint8Array', length);
const anything = (): boolean => true;
const copies = ({ values }: RealCase): boolean => values !== 'shared';
const waits = ({ isAsync = false }: RealCase): boolean => isAsync;

/** By their names. Each peer is loaded where it is measured, and nowhere else. */
export const SUBJECTS: Readonly<Record<string, RealSubject>> = {
  [OURS]: { load: async () => (await import('../peers/ours.js')).ours, takes: anything, share: inFiles },
  [OURS_ASYNC]: { load: async () => (await import('../peers/ours.js')).oursAtOnce(10), takes: waits },
  'piscina, 1 at once': {
    load: async () => (await import('../peers/piscina.js')).piscina(1),
    takes: anything,
    share: inThreads,
  },
  'piscina, 10 at once': {
    load: async () => (await import('../peers/piscina.js')).piscina(10),
    takes: anything,
    share: inThreads,
  },
  'piscina, buffers transferred': {
    load: async () => (await import('../peers/piscina.js')).piscinaTransferring,
    takes: ({ canTransfer = false }) => canTransfer,
    transfers: true,
  },
  'tinypool worker_threads': {
    load: async () => (await import('../peers/tinypool.js')).tinypoolOf('worker_threads'),
    takes: anything,
    share: inThreads,
  },
  'tinypool child_process': {
    load: async () => (await import('../peers/tinypool.js')).tinypool,
    takes: copies,
  },
  'workerpool process': {
    load: async () => (await import('../peers/workerpool.js')).workerpoolPeer,
    takes: copies,
  },
  'poolifier threads': {
    load: async () => (await import('../peers/poolifier.js')).poolifier,
    takes: anything,
    share: inThreads,
  },
  [ALONE]: { load: async () => alone, takes: anything, share: inThreads },
};

/** One after another in this thread: what two processes can at most be twice as quick as. */
const alone: ModulePeer = {
  name: ALONE,
  open({ job }): PeerPool {
    if (typeof job === 'string') throw new Error(`${job} must be a function of a module`);
    const run = async (input: unknown): Promise<unknown> => (await import(job.module))[job.name](input);
    return {
      run,
      async map(inputs) {
        const answers: unknown[] = [];
        for (const input of inputs) answers.push(await run(input));
        return answers;
      },
      valueOf: (value) => value,
      close: () => {},
    };
  },
};
