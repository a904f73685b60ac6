// A program with its worker in the same file: each process of its pool would make a pool, whose processes would, too.
import { ProcessPool, Worker } from 'mproc-worker';

export class Own extends Worker {
  static module = import.meta.url;
  process(value) {
    return value;
  }
}

const pool = new ProcessPool({ processes: 1 });
await pool.map(new Own(), [1]).catch(({ code, message }) => console.log(`${code}: ${message}`));
await pool.close();
