import { type ReplyRecord, refusalOf } from './records.js';
import { isRefusal } from './retry-while-unavailable.js';
import { valueOfCall } from './value-of-call.js';

/** Puts an answer; where the engine refuses it for what it is, it is answered why. @throws what else goes wrong */
export async function orRefusal(
  reply: ReplyRecord,
  put: (reply: ReplyRecord) => Promise<unknown>,
): Promise<void> {
  try {
    await put(reply);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await put(refusalOf(reply.id, valueOfCall(error)));
  }
}
