// JavaScript: a whole program, whose start is measured.
import { moduleWorker, ProcessPool } from 'mproc-worker';
import { caseOfCommandLine } from './cases.mjs';

const { job, url, inputs, check } = caseOfCommandLine();
const pool = new ProcessPool(2);
check(await pool.map(moduleWorker(new URL(url), job), inputs, { orThrow: true }));
await pool.close();
