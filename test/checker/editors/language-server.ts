import { type ChildProcess, spawn } from 'node:child_process';

interface Message {
  readonly type: 'response' | 'event';
  readonly request_seq?: number;
  readonly success?: boolean;
  readonly message?: string;
  readonly body?: unknown;
}

/** A real `tsserver`, spoken to as an editor does. */
export class LanguageServer {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, { done(body: unknown): void; fail(error: Error): void }>();
  #sequence = 0;
  #text = Buffer.alloc(0);

  constructor(tsserver: string, cwd: string, options: readonly string[]) {
    this.#process = spawn(process.execPath, [tsserver, ...options], {
      cwd,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#process.stdout!.on('data', (chunk: Buffer) => this.#read(chunk));
    this.#process.on('exit', () => {
      for (const { fail } of this.#waiting.values()) fail(new Error('tsserver has ended'));
    });
  }

  /** A request that is answered. */
  ask(command: string, args: object): Promise<unknown> {
    const seq = this.#send(command, args);
    return new Promise((done, fail) => this.#waiting.set(seq, { done, fail }));
  }

  /** One that is not. */
  tell(command: string, args: object): void {
    this.#send(command, args);
  }

  async stop(): Promise<void> {
    const ended = new Promise((done) => this.#process.once('exit', done));
    this.tell('exit', {});
    await ended;
  }

  #send(command: string, args: object): number {
    this.#sequence += 1;
    const request = { seq: this.#sequence, type: 'request', command, arguments: args };
    this.#process.stdin!.write(`${JSON.stringify(request)}\n`);
    return this.#sequence;
  }

  #read(chunk: Buffer): void {
    this.#text = Buffer.concat([this.#text, chunk]);
    for (;;) {
      const head = /^Content-Length: (\d+)\r\n\r\n/.exec(this.#text.toString('latin1'));
      if (!head) return;
      const end = head[0].length + Number(head[1]);
      if (this.#text.length < end) return;
      const message = JSON.parse(this.#text.subarray(head[0].length, end).toString('utf8')) as Message;
      this.#text = this.#text.subarray(end);
      const waiting = this.#waiting.get(message.request_seq ?? -1);
      if (message.type !== 'response' || !waiting) continue;
      this.#waiting.delete(message.request_seq!);
      if (message.success) waiting.done(message.body);
      else waiting.fail(new Error(message.message));
    }
  }
}
