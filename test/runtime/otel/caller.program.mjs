// Runs jobs as it is told, within a span of its own, and prints the responses, its spans and its metrics.
import { context, propagation, trace } from '@opentelemetry/api';
import { JobEvent, ProcessPool, RetryStrategy } from 'mproc-worker';
import { meters, metrics, plain, provider, spans } from './telemetry.mjs';
import { Traced } from './traced.worker.mjs';

const [how, module, space] = process.argv.slice(2);
const queues =
  module === undefined
    ? {}
    : {
        queues: await import(module).then(
          ({ jobsQueue }) =>
            (name, options) =>
              jobsQueue(`${space}.${name}`, options),
        ),
      };
const pool = new ProcessPool({ processes: how === 'inline' ? 'inline' : 2, ...queues });
const worker = new Traced();
worker.label = 'mine';
worker.retryStrategy = new RetryStrategy({ maxRetries: 2, type: 'immediately' });
const active = () => trace.getActiveSpan()?.spanContext().spanId;
const inListeners = [];
if (how === 'listeners')
  for (const event of [JobEvent.Success, JobEvent.Retry])
    worker.addListener(event, () => void inListeners.push(active()));
const calls = {
  run: () => pool.run(worker, { n: 1 }).then((response) => [response]),
  map: () => pool.map(worker, [{ n: 0 }, { n: 1, bytes: new Uint8Array(3_000_000) }, { n: 2, fails: 1 }]),
  imap: () => collected(pool.imap(worker, [{ n: 0 }, { n: 1 }])),
  fails: () => pool.map(worker, [{ n: 0, fails: 9 }]),
  listeners: () => pool.map(worker, [{ n: 0, fails: 1 }]),
  queue: () => pool.map(worker, [{ n: 0 }, { n: 1, bytes: new Uint8Array(10) }, { n: 2, fails: 1 }]),
  inline: () => pool.map(worker, [{ n: 0 }]),
};
async function collected(responses) {
  const all = [];
  for await (const response of responses) all.push(response);
  return all;
}

const baggage = propagation.createBaggage({ tenant: { value: 'blue' } });
const own = trace.getTracer('the caller').startSpan('own');
const within = trace.setSpan(propagation.setBaggage(context.active(), baggage), own);
let afterwards;
const responses = await context.with(within, async () => {
  const given = await calls[how]();
  afterwards = active();
  return given;
});
own.end();
await pool.close();
await provider.forceFlush();
await meters.forceFlush();
const [last] = metrics.getMetrics().slice(-1);
const figures = last.scopeMetrics.flatMap(({ metrics: all }) =>
  all.map(({ descriptor, dataPoints }) => ({
    name: descriptor.name,
    unit: descriptor.unit,
    points: dataPoints.map(({ attributes, value }) => ({
      attributes,
      count: value.count ?? value,
      sum: value.sum,
    })),
  })),
);
const told = responses.map(({ ok, body, jobId, attempts }) => ({
  ok,
  body,
  jobId,
  runMs: attempts.map((one) => one.runMs),
}));
const mine = spans.getFinishedSpans().map(plain);
console.log(
  JSON.stringify({ responses: told, spans: mine, figures, inListeners, afterwards, own: own.spanContext() }),
);
