import { sumInputs } from '../measure/throughput.js';
import { ours } from '../peers/ours.js';

// The profiler's flags are this process's, and so its children's too.
const jobs = Number(process.argv[2]);
const pool = ours.open({ processes: 2, job: 'sum' });
const inputs = sumInputs(Math.min(jobs, 200_000));
for (let done = 0; done < jobs; done += inputs.length) await pool.map(inputs);
await pool.close();
