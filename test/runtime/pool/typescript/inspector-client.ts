import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { get, request } from 'node:http';
import type { Duplex } from 'node:stream';

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
}

/** What debuggers speak with a process that has an inspector: Node.js 20 has no WebSocket of its own. */
export class InspectorClient {
  readonly #events = new EventEmitter();
  readonly #socket: Duplex;
  #calls = 0;
  #unread = Buffer.alloc(0);

  private constructor(socket: Duplex) {
    this.#socket = socket;
    socket.on('data', (bytes: Buffer) => this.#onBytes(bytes));
    socket.on('error', () => {});
  }

  /** @throws where nobody listens at the port yet */
  static async connect(port: number): Promise<InspectorClient> {
    const [{ id }] = await targetsAt(port);
    const key = randomBytes(16).toString('base64');
    const headers = {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': 13,
      'Sec-WebSocket-Key': key,
    };
    const asking = request({ host: '127.0.0.1', port, path: `/${id}`, headers }).end();
    const [, socket] = (await once(asking, 'upgrade')) as [unknown, Duplex];
    return new InspectorClient(socket);
  }

  async call(method: string, params: object = {}): Promise<unknown> {
    this.#calls += 1;
    const answered = once(this.#events, `#${this.#calls}`);
    this.#write(JSON.stringify({ id: this.#calls, method, params }));
    return (await answered)[0];
  }

  on(method: string, hear: (params: unknown) => void): void {
    this.#events.on(method, hear);
  }

  async next(method: string): Promise<unknown> {
    return (await once(this.#events, method))[0];
  }

  close(): void {
    this.#socket.destroy();
  }

  /** One frame of text, with a mask of zeros. */
  #write(text: string): void {
    const bytes = Buffer.from(text);
    const head = Buffer.alloc(8);
    head.set([0x81, 0x80 | 126]);
    head.writeUInt16BE(bytes.length, 2);
    this.#socket.write(Buffer.concat([head, bytes]));
  }

  #onBytes(bytes: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, bytes]);
    for (let frame = this.#frame(); frame !== undefined; frame = this.#frame()) {
      const { id, method, params, result } = JSON.parse(frame) as Message;
      if (id !== undefined) this.#events.emit(`#${id}`, result);
      else this.#events.emit(method!, params);
    }
  }

  #frame(): string | undefined {
    const bytes = this.#unread;
    if (bytes.length < 10) return undefined;
    const short = bytes[1]! & 127;
    const [at, length] =
      short < 126
        ? [2, short]
        : short === 126
          ? [4, bytes.readUInt16BE(2)]
          : [10, Number(bytes.readBigUInt64BE(2))];
    if (bytes.length < at + length) return undefined;
    this.#unread = bytes.subarray(at + length);
    return bytes.toString('utf8', at, at + length);
  }
}

async function targetsAt(port: number): Promise<[{ id: string }]> {
  const asking = get({ host: '127.0.0.1', port, path: '/json/list' });
  const [response] = await once(asking, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  return JSON.parse(text);
}
