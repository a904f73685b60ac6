import { cloningMs, numbersOf, thereAndBackMs } from '../measure/copies.js';
import { ours } from '../peers/ours.js';
import type { Peer } from '../peers/peer.js';
import { piscina } from '../peers/piscina.js';
import type { Curve } from './curve.js';

const THREADS = piscina(1);
const COPIES = 'two copies in one thread';
const UNITS = ['B', 'KB', 'MB', 'GB'];

function bytes(value: number): string {
  const unit = Math.min(3, Math.floor(Math.log2(value) / 10));
  return `${value / 2 ** (10 * unit)} ${UNITS[unit]}`;
}

/** The way there and back as the value grows. */
export const payload: Curve = {
  file: 'payload.svg',
  title: 'run: microseconds for a Float64Array there and back, by its size',
  x: { label: 'size', base: 2, format: bytes },
  y: { label: 'µs', base: 10, format: (value) => value.toLocaleString('en') },
  names: ['mproc-worker', THREADS.name, COPIES],
  points({ scale = 1 }) {
    const largest = scale >= 1 ? 28 : scale >= 0.1 ? 22 : 8;
    return [3, 8, 13, 16, 19, 22, 25, 28].filter((power) => power <= largest).map((power) => 2 ** power);
  },
  rounds: (_size, usual) => usual,
  subjects(size) {
    const numbers = numbersOf(size);
    const times = Math.max(3, Math.min(2_000, Math.floor(2 ** 23 / size)));
    const repeats = { warm: Math.ceil(times / 2), times };
    const peers: readonly Peer[] = [ours, THREADS];
    const overAndBack = peers.map((peer) => ({
      name: peer.name,
      measure: async () => 1000 * (await thereAndBackMs(peer, numbers, repeats)),
    }));
    return [...overAndBack, { name: COPIES, measure: () => (1000 * cloningMs(numbers, 2 * times)) / times }];
  },
};
