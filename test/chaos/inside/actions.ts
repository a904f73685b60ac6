// What is done inside a callback.
import type { Case } from './case.js';
import { Quick } from './workers.mjs';

export type Action = (of: Case) => void;

function attempt(of: Case, name: string, call: () => Promise<unknown>): void {
  try {
    of.owe(name, call());
  } catch {
    // A call may be refused at once.
  }
}

const destroy: Action = (of) => attempt(of, 'destroy() inside', () => of.pool.destroy());
const close: Action = (of) => attempt(of, 'close() inside', () => of.pool.close());
const run: Action = (of) => attempt(of, 'run() inside', () => of.pool.run(new Quick(), 1));
const map: Action = (of) => attempt(of, 'map() inside', () => of.pool.map(new Quick(), [1, 2, 3]));
const cancel: Action = (of) => {
  for (const jobId of of.jobIds) of.pool.cancel(jobId);
};
const abort: Action = (of) => of.controller.abort();

export const actions: Readonly<Record<string, Action>> = {
  destroy,
  close,
  cancel,
  abort,
  run,
  map,
  'destroy, then all others': (of) => {
    for (const action of [destroy, cancel, abort, run, map, close, destroy]) action(of);
  },
  'abort, then destroy': (of) => {
    abort(of);
    destroy(of);
  },
};
