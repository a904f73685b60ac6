// A host of Gated: says `ready`, and what the pool tells of its jobs, one JSON a line. Its arguments, as JSON: the module of its
// queues, empty for shared memory; what their names begin with; further options of its pool.
import { ProcessPool, sharedMemoryQueue } from 'mproc-worker';
import { Gated } from './gated.worker.mjs';

const { module, space, options } = JSON.parse(process.argv[2]);
const factory = module === '' ? sharedMemoryQueue() : (await import(module)).jobsQueue;
const queues = (name, settings) => factory(`${space}.${name}`, settings);
const pool = new ProcessPool({ processes: 1, queues, signals: ['SIGTERM'], ...options });
const tell = (event, told) => console.log(JSON.stringify({ event, ...told, stats: pool.stats() }));
pool.on('response', ({ ok, jobId }, { isForOthers }) => tell('response', { ok, jobId, isForOthers }));
pool.on('dead', ({ error, ...job }) => tell('dead', { ...job, error: error.name }));
const working = pool.work([Gated]);
console.log('ready');
await working;
await pool.close();
