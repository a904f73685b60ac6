// Has a process in the second place of a pool, where a spare is, take its time to start.
const SLOW_MS = 3_000;
const [, , boot = ''] = process.argv;
if (/"child":1\b/.test(boot)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SLOW_MS);
