import { emitKeypressEvents } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';

/** Sequences of terminals: the other screen and back, the cursor, the start of the screen, the rest of a line or screen. */
const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';
export const REVERSE = '\x1b[7m';
export const PLAIN = '\x1b[0m';

export interface Key {
  readonly name: string | undefined;
  readonly sequence: string;
  readonly ctrl: boolean;
}

/** The terminal while a command has all of it; it is left as it was, however the command ends. */
export class Screen {
  readonly #input: ReadStream;
  readonly #output: WriteStream;
  #isEntered = false;
  readonly #leave = () => this.leave();

  constructor(input: ReadStream, output: WriteStream) {
    this.#input = input;
    this.#output = output;
  }

  /** @param onClosed the terminal is gone, or a signal ends the command */
  enter(onKey: (key: Key) => void, onResize: () => void, onClosed: () => void): void {
    this.#isEntered = true;
    process.once('exit', this.#leave);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onClosed);
    this.#input.on('end', onClosed).on('error', onClosed);
    this.#output.on('error', onClosed).on('resize', onResize);
    emitKeypressEvents(this.#input);
    this.#input.on('keypress', (text: string | undefined, key: Partial<Key>) =>
      onKey({ name: key.name, sequence: text ?? '', ctrl: key.ctrl === true }),
    );
    this.#input.setRawMode(true);
    this.#input.resume();
    this.#output.write(ENTER);
  }

  get columns(): number {
    return Math.max(1, this.#output.columns || 80);
  }

  get rows(): number {
    return Math.max(1, this.#output.rows || 24);
  }

  draw(lines: readonly string[]): void {
    if (!this.#isEntered) return;
    // Before the text: behind one of full width it would take the last character away.
    const shown = lines.slice(0, this.rows).map((line) => `${CLEAR_LINE}${line}`);
    this.#output.write(`${HOME}${shown.join('\r\n')}${CLEAR_BELOW}`);
  }

  /** May be called twice. */
  leave(): void {
    if (!this.#isEntered) return;
    this.#isEntered = false;
    process.off('exit', this.#leave);
    try {
      this.#input.setRawMode(false);
    } catch {
      // The terminal is gone.
    }
    this.#input.pause();
    this.#output.write(LEAVE);
  }
}
