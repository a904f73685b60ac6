// One job kills its own process each time it runs. The others do not notice, and its response tells what happened.
import { ProcessPool, RetryStrategy } from 'mproc-worker';
import { Square } from './square.worker.ts';

await using pool = new ProcessPool({ processes: 2 });
const square = new Square();
square.retryStrategy = new RetryStrategy({ maxRetries: 2, type: 'later' });

for (const response of await pool.map(square, [1, 2, 3, 4, 5])) {
  if (response.ok) console.log(response.index, response.body);
  else
    console.log(
      response.index,
      response.attempts.map((attempt) => attempt.signal).join(' '),
      response.exitCode,
    );
}
