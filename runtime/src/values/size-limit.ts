/** How long a value can be that is sent, in bytes: lengths are numbers of 32 bits in shared memory. */
export const MOST_BYTES = 2 ** 31 - 1;

export function tooLong(lengthBytes: number): string {
  return `is ${lengthBytes} bytes long, at most ${MOST_BYTES} can be sent; send it in parts, or put it into a SharedArray`;
}
