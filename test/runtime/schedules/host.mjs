// A host with a schedule of Gated that serves it: says `ready`. Its arguments, as JSON: the module of its queues, empty for
// shared memory; what their names begin with; the file that Gated writes to; the gate of its jobs; options of the schedule.
import { ProcessPool, sharedMemoryQueue } from 'mproc-worker';
import { Gated } from '../remote/gated.worker.mjs';

const { module, space, file, gate, options } = JSON.parse(process.argv[2]);
const factory = module === '' ? sharedMemoryQueue() : (await import(module)).jobsQueue;
const queues = (name, settings) => factory(`${space}.${name}`, settings);
const pool = new ProcessPool({ processes: 'inline', queues, signals: ['SIGTERM'], leaseMs: 3_000 });
const working = pool.work([Gated]);
await pool.schedule('tick', options, Object.assign(new Gated(), { file }), { n: 1, gate });
console.log('ready');
await working;
await pool.close();
