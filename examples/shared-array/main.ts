// A large array in shared memory: the processes get it by reference, so passing it costs the same at every size.
import { ProcessPool, SharedArray } from 'mproc-worker';
import { Doubler } from './doubler.worker.ts';

const numbers = SharedArray.from('Float64Array', [1, 2, 3, 4, 5, 6, 7, 8]);
await using pool = new ProcessPool({ processes: 2 });

const halves = [
  { numbers, from: 0, to: 4 },
  { numbers, from: 4, to: 8 },
];
for (const response of await pool.map(new Doubler(), halves)) if (!response.ok) throw response.error;

// What the processes wrote is here already.
console.log([...numbers.values].join(' '));
numbers.close();
