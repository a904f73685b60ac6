// JavaScript: a whole program, whose start is measured.
import { ProcessPool } from 'mproc-worker';
import { caseOfCommandLine } from './cases.mjs';

const { job, inputs, check } = caseOfCommandLine();
const { Short } = job === 'page' ? await import('./pages.worker.mjs') : await import('./jobs.worker.mjs');
const pool = new ProcessPool(2);
const responses = await pool.map(new Short(job), inputs);
check(responses.map((response) => response.body));
await pool.close();
