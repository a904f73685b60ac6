import type { MeterProvider, TracerProvider } from '@opentelemetry/api';

/** All of it is optional. */
export interface OtelOptions {
  /** Where spans go. @default the global one */
  readonly tracerProvider?: TracerProvider;
  /** Where metrics go. @default the global one */
  readonly meterProvider?: MeterProvider;
  /**
   * Called in a process of a pool before it ends, and waited for as long as a teardown may take: to send what a
   * processor of spans has kept, as `() => provider.forceFlush()` does.
   */
  readonly beforeEnd?: () => Promise<unknown>;
}

/** Name of the instrumentation. */
export const SCOPE = 'mproc-worker';
