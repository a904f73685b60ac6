import { instrumentAttempts } from './attempts.js';
import { instrumentJobs } from './jobs.js';
import type { OtelOptions } from './options.js';

export type { OtelOptions } from './options.js';

/**
 * Makes spans and metrics of OpenTelemetry of the jobs of all pools of this program, and of the attempts in this process.
 * Call it where the SDK is set up, in a module that processes of pools load as well: `node --import ./telemetry.mjs main.mjs`.
 *
 * - a producer span for each job, from when it is given to a pool until it is answered, as a child of the caller's span
 * - a consumer span for each attempt, in the process that runs it, as a child of the producer's and linked to it; in
 *   `process` it is the active span
 * - the messaging metrics: `messaging.client.sent.messages`, `messaging.client.operation.duration`,
 *   `messaging.client.consumed.messages`, `messaging.process.duration`; durations in seconds
 *
 * @returns what takes it back
 */
export function instrument(options: OtelOptions = {}): () => void {
  const forgetJobs = instrumentJobs(options);
  const forgetAttempts = instrumentAttempts(options);
  return () => {
    forgetJobs();
    forgetAttempts();
  };
}
