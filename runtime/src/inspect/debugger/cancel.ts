import { cancelFrame } from '../../pool/transport/cancel-request.js';
import { askParent } from './ask-parent.js';

/**
 * Asks the program of a pool to cancel a job.
 * @param children of the pool, busy or not
 * @throws Error with a clear word when none of them answers
 */
export function requestCancel(children: Parameters<typeof askParent>[0], jobId: string): Promise<void> {
  return askParent(children, cancelFrame(jobId));
}
