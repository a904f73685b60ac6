// A host of Gated, or who puts a flow, that kills itself at a step of joining. Its arguments, as JSON: the module of its queues,
// what their names begin with, further options of its pool; the step, and whether it dies before or after it; and a flow.
import { ProcessPool } from 'mproc-worker';
import { Gated } from './gated.worker.mjs';

const { module, space, options, step, when, flow, file } = JSON.parse(process.argv[2]);
const factory = (await import(module)).jobsQueue;

function deadlyAt(object, name) {
  const own = object[name].bind(object);
  object[name] = async (...given) => {
    // What is asked in vain is no step.
    if (when === 'before') process.kill(process.pid, 'SIGKILL');
    const result = await own(...given);
    if (!Array.isArray(result) || result.length > 0) process.kill(process.pid, 'SIGKILL');
    return result;
  };
}

const queues = (name, settings) => {
  const queue = factory(`${space}.${name}`, settings);
  if (name === 'joins' && step in queue.joins) deadlyAt(queue.joins, step);
  if (name === 'jobs.Gated' && ['put', 'ack'].includes(step)) deadlyAt(queue, step);
  return queue;
};
const pool = new ProcessPool({ processes: flow ? 0 : 1, queues, ...options });
console.log('ready');
if (flow) {
  const worker = Object.assign(new Gated(), { file });
  const nodeOf = ({ args, after = [] }) => ({ worker, args, after: after.map(nodeOf) });
  console.log(JSON.stringify(await pool.flow(nodeOf(flow))));
  await pool.close();
} else await pool.work([Gated]);
