// JavaScript: a whole program, whose start is measured.
import { Piscina } from 'piscina';
import { caseOfCommandLine } from './cases.mjs';

const { job, url, inputs, check } = caseOfCommandLine();
const pool = new Piscina({ filename: url, name: job, minThreads: 2, maxThreads: 2 });
check(await Promise.all(inputs.map((input) => pool.run(input))));
await pool.close();
