// Has jobs of TypeScript fail, and prints their files.
import { ProcessPool } from 'mproc-worker';
import { halve, Typed } from './typed.worker.js';

const [folder = ''] = process.argv.slice(2);
const pool = new ProcessPool({ processes: 1, keepFailed: { folder } });
const typed = await pool.run(new Typed(), 5n);
const half = await pool.run(halve, new Map([['whole', 1]]));
console.log(JSON.stringify([typed.replayFile, half.replayFile]));
await pool.close();
