import { WebSocket } from 'ws';
import { clearInterval, clearTimeout, setInterval, setTimeout } from '../../clock/timers.js';

/** How long a process has to say that it closes its debugger, in milliseconds, and how often it is looked whether it has. */
const CLOSING_MS = 1_000;
const LOOK_MS = 1;
const CONNECTING_MS = 2_000;

interface Waiting {
  resolve(result: Record<string, unknown>): void;
  reject(error: Error): void;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/** A connection to the debugger of a process, which speaks the protocol of Chrome's developer tools. */
export class DebuggerSession {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Map<string, (params: Record<string, unknown>) => void>();
  #last = 0;
  readonly #closed: Promise<void>;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => this.#hear(String(data)));
    socket.on('error', () => {});
    this.#closed = new Promise((resolve) => socket.once('close', () => resolve()));
    void this.#closed.then(() => {
      this.#rejectAll();
    });
  }

  #rejectAll(): void {
    for (const { reject } of this.#waiting.values())
      reject(new Error('its debugger has closed the connection'));
    this.#waiting.clear();
  }

  /** @param address as the process tells it: host, port and secret. @throws Error when nobody answers there */
  static open(address: string): Promise<DebuggerSession> {
    const socket = new WebSocket(`ws://${address}`, {
      perMessageDeflate: false,
      maxPayload: 0,
      handshakeTimeout: CONNECTING_MS,
    });
    return new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.once('open', () => resolve(new DebuggerSession(socket)));
    });
  }

  /** The process may say anything: one that nobody understands is heard no more. */
  #hear(text: string): void {
    try {
      this.#onMessage(JSON.parse(text) as Message);
    } catch {
      this.#socket.terminate();
    }
  }

  #onMessage({ id, method, params, result, error }: Message): void {
    if (method !== undefined) this.#listeners.get(method)?.(params ?? {});
    const waiting = id === undefined ? undefined : this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id!);
    if (error === undefined) waiting.resolve(result ?? {});
    else waiting.reject(new Error(error.message));
  }

  on(method: string, listener: (params: Record<string, unknown>) => void): void {
    this.#listeners.set(method, listener);
  }

  /** @throws Error when it is refused, or the connection ends before the answer */
  ask(method: string, params: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    this.#last += 1;
    const id = this.#last;
    const answer = new Promise<Record<string, unknown>>((resolve, reject) =>
      this.#waiting.set(id, { resolve, reject }),
    );
    answer.catch(() => {});
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ id, method, params }));
    else this.#rejectAll();
    return answer;
  }

  /**
   * Has the process go on and close its debugger. Its main thread waits until this connection is closed, so that is done as
   * soon as it says that it closes.
   */
  async end(): Promise<void> {
    void this.ask('Debugger.disable');
    void this.ask('Runtime.evaluate', { expression: 'process._debugEnd()' });
    await this.#hasBegunToClose();
    this.#socket.terminate();
    await this.#closed;
  }

  /** Has it said that it closes? One that is blocked by now says nothing, and hears it when it goes on. */
  #hasBegunToClose(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, CLOSING_MS);
      const look = setInterval(() => {
        if (this.#socket.readyState !== WebSocket.OPEN) done();
      }, LOOK_MS);
      function done(): void {
        clearTimeout(timer);
        clearInterval(look);
        resolve();
      }
    });
  }
}
