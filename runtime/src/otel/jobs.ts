import { tracingChannel } from 'node:diagnostics_channel';
import { context, type Meter, metrics, propagation, type Span, SpanKind, trace } from '@opentelemetry/api';
import { monotonicMs } from '../clock/monotonic-ms.js';
import type { JobMessage } from '../pool/channels/job-channel.js';
import { endFailed } from './attempts.js';
import { ERROR_TYPE, errorType, MESSAGE_ID, operation } from './attributes.js';
import { type OtelOptions, SCOPE } from './options.js';

/** What is kept of a job from its start to its end. */
interface OpenJob {
  /** Only where this program has asked for the job. */
  readonly span: Span | undefined;
  readonly startedAt: number;
}

/** Boundaries that the conventions advise for durations, in seconds. */
const DURATION = {
  unit: 's',
  advice: {
    explicitBucketBoundaries: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
  },
};
const MS_PER_SECOND = 1_000;

/** Makes producer spans and metrics of what the channel of jobs tells. @returns what takes it back */
export function instrumentJobs({ tracerProvider, meterProvider }: OtelOptions): () => void {
  const open = new WeakMap<JobMessage, OpenJob>();
  const told = instrumentsOf((meterProvider ?? metrics).getMeter(SCOPE));
  const channel = tracingChannel<JobMessage>('mproc-worker:job');

  const subscribers = {
    start(message: JobMessage) {
      const isOwn = message.origin === 'caller';
      const attributes = operation('send', destinationOf(message));
      let span: Span | undefined;
      if (isOwn) {
        const tracer = (tracerProvider ?? trace).getTracer(SCOPE);
        span = tracer.startSpan(`send ${message.class}`, {
          kind: SpanKind.PRODUCER,
          attributes: { ...attributes, [MESSAGE_ID]: message.jobId },
        });
        propagation.inject(trace.setSpan(context.active(), span), message.carrier);
        told.sent.add(1, attributes);
      }
      open.set(message, { span, startedAt: monotonicMs() });
    },
    asyncEnd(message: JobMessage) {
      const job = open.get(message);
      if (job === undefined) return;
      open.delete(message);
      const { error } = message;
      if (job.span !== undefined) {
        const attributes = operation('send', destinationOf(message));
        const seconds = (monotonicMs() - job.startedAt) / MS_PER_SECOND;
        told.operationDuration.record(seconds, withError(attributes, error));
        if (error === undefined) job.span.end();
        else endFailed(job.span, error);
      }
      // What another host has run that host counts.
      if (message.queue === undefined) countAttempts(message);
    },
  };

  function countAttempts(message: JobMessage): void {
    for (const { error, runMs } of message.result?.attempts ?? []) {
      const attributes = withError(operation('process', message.class), error);
      told.consumed.add(1, attributes);
      told.processDuration.record(runMs / MS_PER_SECOND, attributes);
    }
  }

  channel.start.subscribe(subscribers.start as never);
  channel.asyncEnd.subscribe(subscribers.asyncEnd as never);
  return () => {
    channel.start.unsubscribe(subscribers.start as never);
    channel.asyncEnd.unsubscribe(subscribers.asyncEnd as never);
  };
}

function instrumentsOf(meter: Meter) {
  return {
    sent: meter.createCounter('messaging.client.sent.messages', {
      description: 'Jobs that were given to a pool or a queue',
      unit: '{message}',
    }),
    operationDuration: meter.createHistogram('messaging.client.operation.duration', {
      description: 'From when a job is given until it is answered',
      ...DURATION,
    }),
    consumed: meter.createCounter('messaging.client.consumed.messages', {
      description: 'Attempts at jobs',
      unit: '{message}',
    }),
    processDuration: meter.createHistogram('messaging.process.duration', {
      description: 'How long attempts ran',
      ...DURATION,
    }),
  };
}

function destinationOf(message: JobMessage): string {
  return message.queue ?? message.class;
}

function withError(attributes: ReturnType<typeof operation>, error: unknown): typeof attributes {
  return error === undefined ? attributes : { ...attributes, [ERROR_TYPE]: errorType(error) };
}
