// A program that gives a pool a class whose module makes a pool when it is loaded, which this program has not done.
import { ProcessPool, Worker } from 'mproc-worker';

class Own extends Worker {
  static module = new URL('./makes-a-pool.mjs', import.meta.url).href;
}

const pool = new ProcessPool({ processes: 1 });
await pool.map(new Own(), [1]).catch(({ code, message }) => console.log(`${code}: ${message}`));
await pool.close();
