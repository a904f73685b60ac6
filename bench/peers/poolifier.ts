import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { FixedThreadPool } from 'poolifier';
import { type ModulePeer, moduleJobOf } from './peer.js';

const file = fileURLToPath(new URL('./poolifier-thread.mjs', import.meta.url));

/** How long to wait for its end, in milliseconds. */
const LAST_MS = 2_000;

export const poolifier: ModulePeer = {
  name: 'poolifier threads',
  open({ processes, job }) {
    const { module, name } = moduleJobOf(job);
    const pool = new FixedThreadPool<unknown, unknown>(processes, file, {
      enableTasksQueue: true,
      workerOptions: { workerData: { module } },
    });
    return {
      run: (input) => pool.execute(input, name),
      map: (inputs) => pool.mapExecute(inputs, name),
      valueOf: (value) => value,
      // It does not always come to an end when its threads are young; they hold nobody up.
      close: () => Promise.race([pool.destroy(), setTimeout(LAST_MS)]),
    };
  },
};
