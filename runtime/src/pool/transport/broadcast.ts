import { frameOf } from './message-frames.js';

/** How a message was answered. */
export const Answer = { Value: 0, Thrown: 1 } as const;
export type Answer = (typeof Answer)[keyof typeof Answer];

/** The number of a message that has a class loaded, and no more. */
export const NO_ANSWER = 0;
const HEADER_BYTES = 8;

/**
 * A message to a class in a process.
 * @param place packed, where the process finds the class
 */
export function messageFrame(number: number, place: Uint8Array, message: Uint8Array): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(number);
  header.writeUInt32LE(place.length, 4);
  return frameOf(header, place, message);
}

export function readMessage(frame: Buffer): { number: number; place: Buffer; message: Buffer } {
  const messageAt = HEADER_BYTES + frame.readUInt32LE(4);
  return {
    number: frame.readUInt32LE(0),
    place: frame.subarray(HEADER_BYTES, messageAt),
    message: frame.subarray(messageAt),
  };
}
