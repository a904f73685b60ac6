/** What a doorbell is rung with: a byte alone means to look at the shared memory. */
export const STROKE = 1;
/** A byte that begins a message; its length in 4 bytes follows, a check of that in 4 more, and then the message. */
const MESSAGE = 2;
const HEADER_BYTES = 9;
const CHECK = 0x6d_70_72_63;

export function frameOf(...parts: readonly Uint8Array[]): Buffer {
  const lengthBytes = parts.reduce((sum, part) => sum + part.length, 0);
  const header = Buffer.alloc(HEADER_BYTES);
  header[0] = MESSAGE;
  header.writeUInt32LE(lengthBytes, 1);
  header.writeUInt32LE(checkOf(lengthBytes), 5);
  return Buffer.concat([header, ...parts]);
}

function checkOf(lengthBytes: number): number {
  return (lengthBytes ^ CHECK) >>> 0;
}

/**
 * Tells strokes and messages apart, which come in pieces of any size. A job may write into its process's doorbell by
 * mistake: what is neither ends the reading, as nobody knows where the next message would begin.
 */
export class FrameReader {
  readonly #onMessage: (message: Buffer) => void;
  readonly #onBroken: () => void;
  #pieces: Buffer[] = [];
  #lengthBytes = 0;
  #isBroken = false;

  /** @param onBroken there was what is neither; called once */
  constructor(onMessage: (message: Buffer) => void, onBroken: () => void = () => {}) {
    this.#onMessage = onMessage;
    this.#onBroken = onBroken;
  }

  read(chunk: Buffer): void {
    if (this.#isBroken) return;
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
    const lengthBytes = first.readUInt32LE(1);
    if (first.readUInt32LE(5) !== checkOf(lengthBytes)) return true;
    return this.#lengthBytes >= HEADER_BYTES + lengthBytes;
  }

  #readMessages(): void {
    const bytes = Buffer.concat(this.#pieces);
    // Forgotten first: whoever hears of a message may throw.
    this.#keep(EMPTY);
    let at = 0;
    while (at < bytes.length) {
      if (bytes[at] === STROKE) {
        at += 1;
        continue;
      }
      if (bytes[at] !== MESSAGE) return this.#break();
      if (bytes.length - at < HEADER_BYTES) break;
      const lengthBytes = bytes.readUInt32LE(at + 1);
      if (bytes.readUInt32LE(at + 5) !== checkOf(lengthBytes)) return this.#break();
      const end = at + HEADER_BYTES + lengthBytes;
      if (end > bytes.length) break;
      this.#onMessage(bytes.subarray(at + HEADER_BYTES, end));
      at = end;
    }
    this.#keep(bytes.subarray(at));
  }

  #keep(rest: Buffer): void {
    this.#pieces = rest.length > 0 ? [rest] : [];
    this.#lengthBytes = rest.length;
  }

  #break(): void {
    this.#isBroken = true;
    this.#onBroken();
  }
}

const EMPTY = Buffer.alloc(0);
