// Its jobs print more than a pipe holds. Says on descriptor 3 when the first is about to.
// Arguments: the stream they print to, how the program or its jobs end, how many jobs there are.
import { writeSync } from 'node:fs';
import { ProcessPool } from 'mproc-worker';
import { Prints } from './prints.worker.mjs';

const [to, how, jobs] = process.argv.slice(2);
const pool = new ProcessPool({
  processes: 2,
  ...(how === 'a limit of jobs' && { maxJobsPerProcess: 1 }),
  ...(how === 'a signal' && { signals: ['SIGTERM'] }),
});
const ends = ['exit', 'kill', 'throw later'].includes(how) ? how : 'well';
let hasSaid = false;
const onProgress = ({ value }) => {
  if (value === undefined || hasSaid) return;
  hasSaid = true;
  writeSync(3, 'about to print\n');
  if (how === 'a signal') process.kill(process.pid, 'SIGTERM');
};
const printing = pool.map(new Prints(), Array(Number(jobs)).fill({ to, ends }), { onProgress });
await printing.catch(() => {});
if (how === 'destroy') await pool.destroy();
else if (how !== 'nothing') await pool.close();
