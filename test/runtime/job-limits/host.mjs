// A host of Limited and Free, with a limit: says `ready`. Its arguments, as JSON: the module of its queues, empty for shared
// memory; what their names begin with; its limit; further options of its pool; by how many milliseconds its clock is late.
const { module, space, limit, options, lateMs } = JSON.parse(process.argv[2]);
const wallClockMs = Date.now;
Date.now = () => wallClockMs() - lateMs;
const { ProcessPool, sharedMemoryQueue } = await import('mproc-worker');
const { Free, Limited } = await import('./limited.worker.mjs');

const factory = module === '' ? sharedMemoryQueue() : (await import(module)).jobsQueue;
const queues = (name, settings) => factory(`${space}.${name}`, settings);
const limits = [{ worker: Limited, ...limit, key: ({ key }) => key }];
const pool = new ProcessPool({ processes: 2, queues, limits, signals: ['SIGTERM'], ...options });
const working = pool.work([Limited, Free]);
console.log('ready');
await working;
await pool.close();
