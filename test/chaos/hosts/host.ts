// One host: serves Timed until SIGTERM.
import { ProcessPool } from 'mproc-worker';
import { queues } from './queues.js';
import { Timed } from './timed.worker.mjs';

const leaseMs = Number(process.env.LEASE_MS);
const pool = new ProcessPool({ processes: 2, queues, leaseMs, maxAttempts: 1_000, signals: ['SIGTERM'] });
console.log(JSON.stringify({ serving: process.pid }));
await pool.work([Timed]);
await pool.close();
