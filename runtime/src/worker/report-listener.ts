import type { JobEventDetail } from '../contracts/job-event.js';
import type { Logger } from '../contracts/logger.js';

/** What a listener throws is logged and changes nothing else. */
export function reportListener(logger: Logger, event: JobEventDetail, error: unknown): void {
  logger.error(`a listener of ${event.type} failed for job ${event.jobId}:`, error);
}
