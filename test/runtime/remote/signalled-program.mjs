// A program whose call goes over queues, and that ends by signals. Says `running` when a few jobs are done, and how its call ended.
// Arguments: the module of its queues, empty for shared memory; what their names begin with; the file of its worker; how many
// arguments its call has; the name of its batch, if it is one.
import { ProcessPool, sharedMemoryQueue } from 'mproc-worker';
import { Noted } from './noted.worker.mjs';

const [module = '', space = '', file = '', count = '0', batch = ''] = process.argv.slice(2);
const factory = module === '' ? sharedMemoryQueue() : (await import(module)).benchQueue;
const queues = (name, options) => factory(`${space}.${name}`, options);
const pool = new ProcessPool({ processes: 2, signals: ['SIGTERM', 'SIGINT'], queues });
const worker = new Noted();
worker.file = file;

let read = 0;
function* inputs() {
  for (let n = 0; n < Number(count); n += 1) {
    read += 1;
    yield n;
  }
}
const onProgress = ({ done }) => {
  if (done === 6) console.log('running');
};
try {
  const responses = await pool.map(worker, inputs(), { onProgress, ...(batch !== '' && { batch }) });
  const given = responses.filter(({ ok }) => ok).map(({ body }) => body);
  const codes = [...new Set(responses.flatMap(({ error }) => (error === undefined ? [] : [error.code])))];
  console.log(`ended ${JSON.stringify({ answers: responses.length, given, codes, read })}`);
} catch (error) {
  console.log(`ended ${JSON.stringify({ thrown: error.code, message: error.message })}`);
} finally {
  await pool.close();
}
