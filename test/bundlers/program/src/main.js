import { ProcessPool } from 'mproc-worker';
import { add } from './arithmetic.js';
import { Products, Sums } from './numbers.worker.js';

console.log('main runs', add(1, 1));
const pool = new ProcessPool({ processes: 1 });
try {
  const responses = [await pool.run(new Sums(), [2, 3]), await pool.run(new Products(), [2, 3])];
  console.log(JSON.stringify(responses.map(({ body, error }) => body ?? error.message)));
} catch (error) {
  console.log(`${error.code}: ${error.message}`);
} finally {
  await pool.close();
}
