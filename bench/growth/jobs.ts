import { mapThroughput, sumInputs } from '../measure/throughput.js';
import { ours } from '../peers/ours.js';
import type { Peer } from '../peers/peer.js';
import { piscina } from '../peers/piscina.js';
import type { Curve } from './curve.js';

const THREADS = piscina(100);
/** More would take minutes, and tell nothing new. */
const MOST_FOR_THREADS = 1_000_000;

/** Throughput as the number of jobs grows. */
export const jobs: Curve = {
  file: 'jobs.svg',
  title: 'map: jobs a second, by the number of jobs (2 processes)',
  x: { label: 'jobs', base: 10, format: (value) => value.toLocaleString('en') },
  y: { label: 'jobs/s', base: 10, format: (value) => value.toLocaleString('en') },
  names: ['mproc-worker', THREADS.name],
  points({ full, scale = 1 }) {
    const most = full ? 7 : scale >= 1 ? 6 : scale >= 0.1 ? 5 : 2;
    return Array.from({ length: most - 1 }, (_, at) => 10 ** (at + 2));
  },
  rounds: (count, usual) => (count >= 1_000_000 ? 1 : usual),
  subjects(count) {
    const inputs = sumInputs(count);
    const warm = sumInputs(Math.min(10_000, 100 * count));
    const measured: readonly Peer[] = count > MOST_FOR_THREADS ? [ours] : [ours, THREADS];
    return measured.map((peer) => ({
      name: peer.name,
      measure: () => mapThroughput(peer, 2, inputs, ({ map }) => map(warm)),
    }));
  },
};
