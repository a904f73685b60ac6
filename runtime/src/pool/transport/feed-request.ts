import { frameOf } from './message-frames.js';

/** What `mproc web` asks the program of a pool for. */
export interface FeedOrder {
  /** A socket that listens, from the root: what happens in the pool is written to it until it is closed. */
  readonly socket: string;
  /** Comes back in the first line, so that the reader knows which pool it hears of. */
  readonly token: string;
}

/** As for a trace: no broadcast has the number 0, and no id of a job begins with this byte. */
const HEAD = Buffer.from([0, 0, 0, 0, 1]);

/** A message over a child's doorbell that asks the parent to tell what happens: nobody else can reach the parent. */
export function feedFrame(order: FeedOrder): Buffer {
  return frameOf(HEAD, Buffer.from(JSON.stringify(order)));
}

/** What such a message asks for; `undefined` for other messages. */
export function feedAskedFor(message: Buffer): FeedOrder | undefined {
  if (!message.subarray(0, HEAD.length).equals(HEAD)) return undefined;
  try {
    const { socket, token } = Object(JSON.parse(message.toString('utf8', HEAD.length))) as Partial<FeedOrder>;
    return typeof socket === 'string' && typeof token === 'string' ? { socket, token } : undefined;
  } catch {
    return undefined;
  }
}
