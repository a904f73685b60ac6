// A function that its module exports is enough: each process imports the module and finds it there.
import { ProcessPool } from 'mproc-worker';
import { shout } from './shout.ts';

await using pool = new ProcessPool({ processes: 2 });

console.log(await pool.map(shout, ['hello', 'world'], { orThrow: true }));
const response = await pool.run(shout, '');
console.log(response.error?.message);
