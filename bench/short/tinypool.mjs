// JavaScript: a whole program, whose start is measured.
import { Tinypool } from 'tinypool';
import { caseOfCommandLine } from './cases.mjs';

const { job, url, inputs, check } = caseOfCommandLine();
const pool = new Tinypool({
  filename: url,
  name: job,
  runtime: 'child_process',
  minThreads: 2,
  maxThreads: 2,
});
check(await Promise.all(inputs.map((input) => pool.run(input))));
await pool.destroy();
