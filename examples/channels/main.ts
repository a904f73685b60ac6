// What pools tell on diagnostics channels, and what a pool tells of itself: nothing of it is paid for where nobody listens.
import { channel, tracingChannel } from 'node:diagnostics_channel';
import { type JobMessage, type ProcessMessage, ProcessPool } from 'mproc-worker';
import { Reciprocal } from './reciprocal.worker.ts';

const lines: string[] = [];
const jobs = tracingChannel<JobMessage>('mproc-worker:job');
jobs.asyncEnd.subscribe((message) => {
  const { class: name, result, error } = message as JobMessage;
  lines.push(`${name} ${result?.index}: ${error?.message ?? result?.body}`);
});
channel('mproc-worker:process').subscribe((message) => {
  const { event, reason } = message as ProcessMessage;
  if (event === 'exit') lines.push(`a process ended: ${reason}`);
});

const pool = new ProcessPool(1);
await pool.map(new Reciprocal(), [4, 0, 2]);
const { running, waiting, restarts, classes } = pool.stats();
await pool.close();

console.log(lines.join('\n'));
console.log('running', running, 'waiting', waiting, 'crashed', restarts.crashed);
for (const { class: name, succeeded, failed, runMs } of classes)
  console.log(name, { succeeded, failed }, 'p99 of', runMs.count, 'attempts is a number:', runMs.p99 > 0);
