// A caller that waits for answers: says `ready` when it has put its jobs, and then its responses, as one line of JSON. Its
// arguments are those of host.mjs, and the file that its jobs write into; each waits for the gate beside that.
import { ProcessPool, sharedMemoryQueue } from 'mproc-worker';
import { Gated } from './gated.worker.mjs';

const { module, space, options } = JSON.parse(process.argv[2]);
const file = process.argv[3];
const factory = module === '' ? sharedMemoryQueue() : (await import(module)).jobsQueue;
const queues = (name, settings) => factory(`${space}.${name}`, settings);
const pool = new ProcessPool({ processes: 0, queues, ...options });
const jobs = Array.from({ length: 6 }, (_, n) => ({ n, gate: `${file}-gate` }));
const calls = [pool.map(Object.assign(new Gated(), { file }), jobs)];
calls.push(
  ...jobs.slice(0, 2).map((job) => pool.run(Object.assign(new Gated(), { file }), { ...job, n: job.n + 6 })),
);
console.log('ready');
const responses = (await Promise.all(calls)).flat();
console.log(JSON.stringify({ bodies: responses.map(({ body, error }) => body ?? String(error)) }));
await pool.close();
