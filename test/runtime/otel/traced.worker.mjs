import { context, propagation, trace } from '@opentelemetry/api';
import { Worker } from 'mproc-worker';

/** Tells which span is active while it runs, and makes one of its own. */
export class Traced extends Worker {
  static module = import.meta.url;
  label = 'none';

  async process(args) {
    const before = trace.getActiveSpan()?.spanContext().spanId;
    await new Promise((resolve) => setImmediate(resolve));
    trace.getTracer('the job').startSpan('inner').end();
    if (args.fails >= this.attempt)
      throw Object.assign(new RangeError(`fails with ${args.n}`), { code: 'E_FAR' });
    const after = trace.getActiveSpan()?.spanContext().spanId;
    const baggage = propagation.getBaggage(context.active())?.getEntry('tenant')?.value;
    return { before, after, baggage, label: this.label, n: args.n, bytes: args.bytes?.length };
  }
}
