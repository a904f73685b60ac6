import { frameOf } from './message-frames.js';

/** What `mproc trace` asks the program of a pool for. */
export interface TraceOrder {
  /** From the root; written whole under this name, or not at all. */
  readonly file: string;
  readonly html: string | undefined;
  /** How long it is traced, in milliseconds. */
  readonly forMs: number;
}

/** No broadcast has the number 0, and no id of a job begins with this byte. */
const HEAD = Buffer.from([0, 0, 0, 0, 0]);
/** Longer than any order: two paths of 4 KiB. */
const LONGEST_BYTES = 64 * 1024;

/** A message over a child's doorbell that asks the parent for a trace: nobody else can reach the parent. */
export function traceFrame(order: TraceOrder): Buffer {
  return frameOf(HEAD, Buffer.from(JSON.stringify(order)));
}

/** What such a message asks for; `undefined` for other messages. */
export function traceAskedFor(message: Buffer): TraceOrder | undefined {
  if (message.length > LONGEST_BYTES || !message.subarray(0, HEAD.length).equals(HEAD)) return undefined;
  const { file, html, forMs } = parsed(message.toString('utf8', HEAD.length));
  const isOrder =
    typeof file === 'string' &&
    typeof forMs === 'number' &&
    forMs > 0 &&
    (html === undefined || typeof html === 'string');
  return isOrder ? { file, html, forMs } : undefined;
}

function parsed(text: string): Partial<TraceOrder> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
