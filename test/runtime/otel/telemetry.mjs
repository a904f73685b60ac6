// Sets the SDK up, in a program and in the processes of its pools alike: `node --import ./telemetry.mjs`.
import { appendFileSync } from 'node:fs';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, InMemorySpanExporter, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { instrument } from 'mproc-worker/otel';

export const spans = new InMemorySpanExporter();
export const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
export const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(spans)] });
provider.register();
export const meters = new MeterProvider({
  readers: [new PeriodicExportingMetricReader({ exporter: metrics, exportIntervalMillis: 3_600_000 })],
});

/** What is compared of a span. */
export function plain(span) {
  const { name, kind, attributes, status, events, links, resource } = span;
  const { spanId, traceId } = span.spanContext();
  const parent = span.parentSpanContext?.spanId;
  const linked = links.map(({ context }) => context.spanId);
  const exceptions = events.map(({ attributes: own }) => own?.['exception.message']);
  void resource;
  return { name, kind, spanId, traceId, parent, linked, status, exceptions, attributes, pid: process.pid };
}

async function beforeEnd() {
  await provider.forceFlush();
  const lines = spans.getFinishedSpans().map((span) => `${JSON.stringify(plain(span))}\n`);
  appendFileSync(process.env.MPROC_TEST_SPANS, lines.join(''));
}

export const forget = instrument({ meterProvider: meters, beforeEnd });
