/** What a doorbell is rung with: a byte alone means to look at the shared memory. */
export const STROKE = 1;
/** A byte that begins a message; its length in 4 bytes follows, and then the message. */
const MESSAGE = 2;
const HEADER_BYTES = 5;

export function frameOf(...parts: readonly Uint8Array[]): Buffer {
  const lengthBytes = parts.reduce((sum, part) => sum + part.length, 0);
  const header = Buffer.alloc(HEADER_BYTES);
  header[0] = MESSAGE;
  header.writeUInt32LE(lengthBytes, 1);
  return Buffer.concat([header, ...parts]);
}

/** Tells strokes and messages apart, which come in pieces of any size. */
export class FrameReader {
  readonly #onMessage: (message: Buffer) => void;
  #pieces: Buffer[] = [];
  #lengthBytes = 0;

  constructor(onMessage: (message: Buffer) => void) {
    this.#onMessage = onMessage;
  }

  read(chunk: Buffer): void {
    // Nearly always there is nothing but a stroke.
    if (this.#lengthBytes === 0 && chunk.length === 1 && chunk[0] === STROKE) return;
    this.#pieces.push(chunk);
    this.#lengthBytes += chunk.length;
    if (this.#isWhole()) this.#readMessages();
  }

  /** Does a message end in what there is? A long one comes in thousands of pieces, which are put together once. */
  #isWhole(): boolean {
    const [first] = this.#pieces;
    if (first === undefined || first[0] !== MESSAGE || first.length < HEADER_BYTES) return true;
    return this.#lengthBytes >= HEADER_BYTES + first.readUInt32LE(1);
  }

  #readMessages(): void {
    const bytes = Buffer.concat(this.#pieces);
    let at = 0;
    while (at < bytes.length) {
      if (bytes[at] !== MESSAGE) {
        at += 1;
        continue;
      }
      if (bytes.length - at < HEADER_BYTES) break;
      const end = at + HEADER_BYTES + bytes.readUInt32LE(at + 1);
      if (end > bytes.length) break;
      this.#onMessage(bytes.subarray(at + HEADER_BYTES, end));
      at = end;
    }
    const rest = bytes.subarray(at);
    this.#pieces = rest.length > 0 ? [rest] : [];
    this.#lengthBytes = rest.length;
  }
}
