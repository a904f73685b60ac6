// What is done inside a callback.
import { Quick } from './workers.mjs';

function attempt(of, name, call) {
  try {
    of.owe(name, call());
  } catch {
    // A call may be refused at once.
  }
}

const destroy = (of) => attempt(of, 'destroy() inside', () => of.pool.destroy());
const close = (of) => attempt(of, 'close() inside', () => of.pool.close());
const run = (of) => attempt(of, 'run() inside', () => of.pool.run(new Quick(), 1));
const map = (of) => attempt(of, 'map() inside', () => of.pool.map(new Quick(), [1, 2, 3]));
const cancel = (of) => {
  for (const jobId of of.jobIds) of.pool.cancel(jobId);
};
const abort = (of) => of.controller.abort();

export const actions = {
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
