import { LISTENING_LINE } from '../../../inspect/debugger/listening-line.js';
import type { Sink } from './pipe-reader.js';

/** What Node.js writes of its debugger besides `LISTENING_LINE`. */
const BESIDES =
  /(For help, see: https:\/\/nodejs\.org\/\S+|Debugger attached\.|Waiting for the debugger to disconnect\.\.\.|Debugger ending on ws:\S+)\n/g;
/** With what both begin, so that other output is not looked through. */
const WORD = 'ebugger';

/**
 * Takes out of a child's stderr what Node.js says of a debugger that was opened for this package: for a stack or a profile.
 * What a debugger says that the user has opened is the user's.
 */
export class DebuggerLines implements Sink {
  readonly #next: Sink;
  readonly #isForUs: (address: string) => boolean;
  /** One has been opened, and says more by and by. */
  #isOpened = false;

  /** @param isForUs told the address of one that was opened: was it for this package? */
  constructor(next: Sink, isForUs: (address: string) => boolean) {
    this.#next = next;
    this.#isForUs = isForUs;
  }

  take(chunk: Buffer): boolean {
    if (!this.#isOpened && !chunk.includes(WORD)) return this.#next.take(chunk);
    // Each character is a byte.
    const text = chunk.toString('latin1').replace(LISTENING_LINE, (line, address: string) => {
      if (!this.#isForUs(address)) return line;
      this.#isOpened = true;
      return '';
    });
    const rest = this.#isOpened ? text.replace(BESIDES, '') : text;
    return rest.length === 0 || this.#next.take(Buffer.from(rest, 'latin1'));
  }

  onceRoom(callback: () => void): void {
    this.#next.onceRoom(callback);
  }

  flush(): void {
    this.#next.flush?.();
  }
}
