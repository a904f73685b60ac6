// A worker's fields travel with each job. What an attempt or a listener changes, the next attempt sees, wherever it runs.
import { JobEvent, ProcessPool, RetryStrategy } from 'mproc-worker';
import { Climber } from './climber.worker.ts';

await using pool = new ProcessPool({ processes: 2 });
const climber = new Climber();
climber.retryStrategy = new RetryStrategy({ maxRetries: 5, type: 'immediately' });
climber.addListener(JobEvent.Retry, (worker, event) => {
  console.log(`attempt ${event.attempt} reached ${worker.height} m: ${event.error?.message}`);
  worker.rope += 10;
});

const response = await pool.run(climber, 60);
console.log(response.body);
console.log(`the instance here is untouched: ${climber.height} m, ${climber.rope} m of rope`);
