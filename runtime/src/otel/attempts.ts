import {
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { type AttemptInfo, setAttemptHooks } from '../pool/channels/attempt-hooks.js';
import { ATTEMPT, ERROR_TYPE, errorType, MESSAGE_ID, operation } from './attributes.js';
import { type OtelOptions, SCOPE } from './options.js';

/** Surrounds each attempt that has come with a context in a span, in this process. @returns what takes it back */
export function instrumentAttempts({ tracerProvider, beforeEnd }: OtelOptions): () => void {
  const around = (attempt: AttemptInfo, run: () => unknown): unknown => {
    // Asked for each time: the provider may be set later than this.
    const tracer = (tracerProvider ?? trace).getTracer(SCOPE);
    const parent = propagation.extract(ROOT_CONTEXT, attempt.carrier);
    const producer = trace.getSpanContext(parent);
    const span = tracer.startSpan(
      `process ${attempt.class}`,
      {
        kind: SpanKind.CONSUMER,
        attributes: {
          ...operation('process', attempt.class),
          [MESSAGE_ID]: attempt.jobId,
          [ATTEMPT]: attempt.attempt,
        },
        ...(producer && { links: [{ context: producer }] }),
      },
      parent,
    );
    return context.with(trace.setSpan(parent, span), () => runWithin(span, run));
  };
  setAttemptHooks({ around, ...(beforeEnd && { beforeEnd }) });
  return () => setAttemptHooks(undefined);
}

function runWithin(span: Span, run: () => unknown): unknown {
  let outcome: unknown;
  try {
    outcome = run();
  } catch (error) {
    endFailed(span, error);
    throw error;
  }
  if (!isPromise(outcome)) {
    endWith(span, outcome);
    return outcome;
  }
  return outcome.then(
    (value) => {
      endWith(span, value);
      return value;
    },
    (error: unknown) => {
      endFailed(span, error);
      throw error;
    },
  );
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return value instanceof Promise;
}

/** A job may give a response of its own that is not `ok`. */
function endWith(span: Span, outcome: unknown): void {
  const { ok, error } = Object(outcome ?? {}) as { ok?: unknown; error?: unknown };
  if (ok === false && error instanceof Error) endFailed(span, error);
  else span.end();
}

export function endFailed(span: Span, error: unknown): void {
  const known = error instanceof Error ? error : new Error(String(error));
  span.recordException(known);
  span.setStatus({ code: SpanStatusCode.ERROR, message: known.message });
  span.setAttribute(ERROR_TYPE, errorType(error));
  span.end();
}
