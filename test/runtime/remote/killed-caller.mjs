// A caller that has nothing left to wait for: says `answered`, with the name of its pool, and stays until it is killed. Its
// arguments are those of host.mjs, and the file that its jobs write into.
import { ProcessPool, sharedMemoryQueue } from 'mproc-worker';
import { Gated } from './gated.worker.mjs';

const { module, space, options } = JSON.parse(process.argv[2]);
const factory = module === '' ? sharedMemoryQueue() : (await import(module)).jobsQueue;
const queues = (name, settings) => factory(`${space}.${name}`, settings);
const pool = new ProcessPool({ processes: 1, queues, ...options });
const { jobId } = await pool.run(Object.assign(new Gated(), { file: process.argv[3] }), { n: 1 });
console.log(`answered ${jobId}, ready`);
setInterval(() => {}, 60_000);
