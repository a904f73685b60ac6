import type { PeerPool } from './peer.js';

/** How the peers are given many jobs: all at once, one promise each. */
export function oneByOne(run: (input: unknown) => Promise<unknown>, close: () => unknown): PeerPool {
  return {
    run,
    map: (inputs) => Promise.all(inputs.map((input) => run(input))),
    valueOf: (value) => value,
    close,
  };
}
