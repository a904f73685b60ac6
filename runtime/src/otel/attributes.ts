import type { Attributes } from '@opentelemetry/api';

/** By the semantic conventions of OpenTelemetry for messaging. */
export const SYSTEM = 'messaging.system';
export const OPERATION_NAME = 'messaging.operation.name';
export const OPERATION_TYPE = 'messaging.operation.type';
export const DESTINATION = 'messaging.destination.name';
export const MESSAGE_ID = 'messaging.message.id';
export const ERROR_TYPE = 'error.type';
/** Of this package alone: number of the attempt, from 1. */
export const ATTEMPT = 'mproc_worker.job.attempt';

/** @param destination the queue; without one the worker's class */
export function operation(name: 'send' | 'process', destination: string): Attributes {
  return {
    [SYSTEM]: 'mproc-worker',
    [OPERATION_NAME]: name,
    [OPERATION_TYPE]: name,
    [DESTINATION]: destination,
  };
}

/** What an error is called: its code, where it has one, else its class. */
export function errorType(error: unknown): string {
  const { code, name } = Object(error ?? {}) as { code?: unknown; name?: unknown };
  return typeof code === 'string' ? code : typeof name === 'string' ? name : '_OTHER';
}
