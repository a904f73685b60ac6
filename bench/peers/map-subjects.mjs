import { crossWith, crossWithMsgpackr, crossWithV8, packingThroughput } from '../measure/packing.mjs';
import { loadCodec } from '../measure/runtime-source.mjs';
import { mapThroughput, sumInputs } from '../measure/throughput.mjs';

export const OURS = 'mproc-worker';
export const PISCINAS = ['piscina, 1 at once', 'piscina, 10 at once', 'piscina, 100 at once'];
export const OTHERS = ['tinypool child_process', 'workerpool process', 'jest-worker'];
export const FOR_COMPARISON = ['poolifier threads', 'fork, json messages'];
export const BOUND = 'packing and unpacking alone';
export const OTHER_FORMATS = ['the same by msgpackr', 'the same by v8.serialize'];

/** Each peer is loaded where it is measured, and nowhere else. */
const PEERS = {
  [OURS]: async () => (await import('./ours.mjs')).ours,
  'piscina, 1 at once': async () => (await import('./piscina.mjs')).piscina(1),
  'piscina, 10 at once': async () => (await import('./piscina.mjs')).piscina(10),
  'piscina, 100 at once': async () => (await import('./piscina.mjs')).piscina(100),
  'tinypool child_process': async () => (await import('./tinypool.mjs')).tinypool,
  'workerpool process': async () => (await import('./workerpool.mjs')).workerpoolPeer,
  'jest-worker': async () => (await import('./jest-worker.mjs')).jestWorker,
  'poolifier threads': async () => (await import('./poolifier.mjs')).poolifier,
  'fork, json messages': async () => (await import('./fork-ipc.mjs')).forkIpc(),
};
const FORMATS = {
  [BOUND]: async () => crossWith(await loadCodec()),
  'the same by msgpackr': () => crossWithMsgpackr,
  'the same by v8.serialize': () => crossWithV8,
};

/** Jobs a second of one of them: `sum` of four numbers, in this process and those that it makes. */
export async function measureMapSubject(name, processes, jobs) {
  const inputs = sumInputs(jobs);
  if (name in FORMATS) return packingThroughput(name, await FORMATS[name](), inputs);
  return mapThroughput(await PEERS[name](), processes, inputs);
}
