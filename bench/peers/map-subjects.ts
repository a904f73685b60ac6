import {
  type Cross,
  crossWith,
  crossWithMsgpackr,
  crossWithV8,
  packingThroughput,
} from '../measure/packing.js';
import { loadCodec } from '../measure/runtime-source.js';
import { mapThroughput, sumInputs } from '../measure/throughput.js';
import type { Peer } from './peer.js';

export const OURS = 'mproc-worker';
export const PISCINAS = ['piscina, 1 at once', 'piscina, 10 at once', 'piscina, 100 at once'];
export const OTHERS = ['tinypool child_process', 'workerpool process', 'jest-worker'];
export const FOR_COMPARISON = ['poolifier threads', 'fork, json messages'];
export const BOUND = 'packing and unpacking alone';
export const OTHER_FORMATS = ['the same by msgpackr', 'the same by v8.serialize'];

/** Each peer is loaded where it is measured, and nowhere else. */
const PEERS: Readonly<Record<string, () => Promise<Peer>>> = {
  [OURS]: async () => (await import('./ours.js')).ours,
  'piscina, 1 at once': async () => (await import('./piscina.js')).piscina(1),
  'piscina, 10 at once': async () => (await import('./piscina.js')).piscina(10),
  'piscina, 100 at once': async () => (await import('./piscina.js')).piscina(100),
  'tinypool child_process': async () => (await import('./tinypool.js')).tinypool,
  'workerpool process': async () => (await import('./workerpool.js')).workerpoolPeer,
  'jest-worker': async () => (await import('./jest-worker.js')).jestWorker,
  'poolifier threads': async () => (await import('./poolifier.js')).poolifier,
  'fork, json messages': async () => (await import('./fork-ipc.js')).forkIpc(),
};
const FORMATS: Readonly<Record<string, () => Cross | Promise<Cross>>> = {
  [BOUND]: async () => crossWith(await loadCodec()),
  'the same by msgpackr': () => crossWithMsgpackr,
  'the same by v8.serialize': () => crossWithV8,
};

/** Jobs a second of one of them: `sum` of four numbers, in this process and those that it makes. */
export async function measureMapSubject(name: string, processes: number, jobs: number): Promise<number> {
  const inputs = sumInputs(jobs);
  const format = FORMATS[name];
  if (format !== undefined) return packingThroughput(name, await format(), inputs);
  const peer = PEERS[name];
  if (peer === undefined) throw new Error(`there is no subject ${name}`);
  return mapThroughput(await peer(), processes, inputs);
}
