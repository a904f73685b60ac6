import { MprocError } from '../../../errors/errors.js';
import { joinInto, type Packed, pack, packApart, packedOf, unpack } from '../../../values/index.js';
import type { Job } from '../../jobs/job.js';
import { JobFlag } from '../../protocol.js';
import type { JobSlots } from '../../transport/job-slots.js';
import { LargeValue } from '../../transport/large-value.js';
import type { PoolSegment } from '../../transport/pool-segment.js';

/**
 * The arguments of a job as they were sent, packed, wherever they are; nothing of the job is changed.
 * @param most in bytes
 * @param isLending arrays may have been sent without a copy, which nobody finds later
 * @throws MprocError `ERR_MEMORY_FULL` where there are more
 */
export function sentArgsOf(
  segment: PoolSegment,
  slots: JobSlots,
  job: Job,
  most: number,
  isLending: boolean,
): Uint8Array {
  const asSent =
    isLending && job.args !== undefined
      ? undefined
      : (job.packedArgs ?? job.largeValue ?? inSlot(segment, slots, job));
  const sent = asSent ?? packApart(job.sent, job.sentRoot);
  const lengthBytes = sent instanceof LargeValue ? sent.segmentBytes : sent.lengthBytes;
  if (lengthBytes > most)
    throw new MprocError('ERR_MEMORY_FULL', `its arguments have ${lengthBytes} bytes, more than ${most}`);
  const packed = sent instanceof LargeValue ? sent.copy() : sent;
  const bytes = Buffer.alloc(packed.lengthBytes);
  joinInto(packed, bytes, 0);
  if (job.carrier === undefined) return bytes;
  const { args } = unpack(bytes, 0, bytes.length) as { args: unknown };
  return pack(args, 'args');
}

/** What lies in the pages of the job's slot, as a view. */
function inSlot({ bytes }: PoolSegment, slots: JobSlots, job: Job): Packed | undefined {
  if (job.slot === -1 || job.notice !== undefined) return undefined;
  const at = slots.payloadOf(job.slot);
  const hasOwnState = (slots.attemptOf(job.slot) & JobFlag.OwnState) !== 0;
  const stateBytes = hasOwnState ? 4 + bytes.readUInt32LE(at) : 0;
  return packedOf(bytes.subarray(at + stateBytes, at + slots.payloadBytesOf(job.slot)));
}
