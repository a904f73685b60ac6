import { allPresent } from '../jobs/ready.js';
import { sized } from '../measure/size.js';
import { mapThroughput, sumInputs } from '../measure/throughput.js';
import { ours } from '../peers/ours.js';
import { piscina } from '../peers/piscina.js';
import type { Curve } from './curve.js';

const THREADS = piscina(100);

/** Throughput as processes grow beyond the processors there are. */
export const processes: Curve = {
  file: 'processes.svg',
  title: 'map: jobs a second, by the number of processes',
  x: { label: 'processes (or threads)', base: 2, format: String },
  y: { label: 'jobs/s', base: 10, format: (value) => value.toLocaleString('en') },
  names: ['mproc-worker', THREADS.name],
  points: ({ scale = 1 }) => (scale >= 0.1 ? [1, 2, 4, 8, 16, 32] : [1, 2]),
  rounds: (_count, usual) => usual,
  subjects(count, options) {
    const inputs = sumInputs(sized(100_000, options, 100));
    return [
      {
        name: ours.name,
        measure: () => mapThroughput(ours, count, inputs, ({ pool }) => allPresent(pool, count)),
      },
      { name: THREADS.name, measure: () => mapThroughput(THREADS, count, inputs) },
    ];
  },
};
