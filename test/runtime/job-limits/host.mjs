// A host of Limited and Free, with a limit: says `ready`. Its arguments, as JSON: the module of its queues, empty for shared
// memory; what their names begin with; its limit; further options of its pool.
import { ProcessPool, sharedMemoryQueue } from 'mproc-worker';
import { Free, Limited } from './limited.worker.mjs';

const { module, space, limit, options } = JSON.parse(process.argv[2]);
const factory = module === '' ? sharedMemoryQueue() : (await import(module)).jobsQueue;
const queues = (name, settings) => factory(`${space}.${name}`, settings);
const limits = [{ worker: Limited, ...limit, key: ({ key }) => key }];
const pool = new ProcessPool({ processes: 2, queues, limits, signals: ['SIGTERM'], ...options });
const working = pool.work([Limited, Free]);
console.log('ready');
await working;
await pool.close();
