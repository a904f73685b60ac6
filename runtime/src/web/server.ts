import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { OpenedQueue } from '../inspect/queues/open-queues.js';
import { cancelJob, stackOfProcess } from './controls.js';
import { type Admitted, admit, type Door, mustComeFromPage, Refusal } from './guard.js';
import { JobPages } from './job-pages.js';
import { metricsText } from './metrics.js';
import { PageWatch } from './page-watch.js';
import { QueuePages } from './queue-pages.js';

const LOOPBACK = '127.0.0.1';
const MOST_CONNECTIONS = 64;
const MOST_BODY_BYTES = 1024 * 1024;
const TOKEN_BYTES = 24;

export const newToken = (): string => randomBytes(TOKEN_BYTES).toString('base64url');

export interface WebOptions {
  /** 0 for one that is free. */
  readonly port: number;
  /** What a request has to know. */
  readonly token: string;
  readonly allowControl: boolean;
  /** Programs whose pools are shown; all where it is empty. */
  readonly pids: readonly number[];
  /** Only reads: asks nothing of the programs. */
  readonly passive: boolean;
  readonly queues: readonly OpenedQueue[];
  /** Queues of answered jobs. */
  readonly histories: readonly OpenedQueue[];
  /** The page: one text of HTML, whose script and style are in it. */
  readonly page: string;
}

/** A local page that shows all pools of this user. */
export class WebServer {
  readonly #options: WebOptions;
  readonly #server: Server;
  readonly #watch: PageWatch;
  readonly #queues: QueuePages;
  readonly #jobs: JobPages;
  readonly #headers: Readonly<Record<string, string>>;
  #door: Door | undefined;

  constructor(options: WebOptions) {
    this.#options = options;
    this.#queues = new QueuePages(options.queues);
    this.#jobs = new JobPages(options.histories);
    const { allowControl, passive, pids } = options;
    const has = { hasQueues: options.queues.length > 0, hasHistory: this.#jobs.canBe };
    const about = { control: allowControl, passive, pid: process.pid, ...has };
    this.#watch = new PageWatch({ pids, asks: !passive, about, queueReports: () => this.#queues.reports() });
    this.#headers = pageHeaders(options.page);
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.maxConnections = MOST_CONNECTIONS;
  }

  /** @returns the address, with the token in it. @throws what the system says of the port */
  async listen(): Promise<string> {
    this.#server.listen(this.#options.port, LOOPBACK);
    await once(this.#server, 'listening');
    const { port } = this.#server.address() as AddressInfo;
    const { token } = this.#options;
    this.#door = { port, token };
    return `http://${LOOPBACK}:${port}/${token}/`;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await this.#watch.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const admitted = admit(request, this.#door!);
      if (request.method === 'GET') await this.#get(admitted, response);
      else await this.#post(admitted, request, response);
    } catch (error) {
      const status = error instanceof Refusal ? error.status : 500;
      if (response.headersSent) response.destroy();
      else
        this.#answer(
          response,
          status,
          'application/json',
          JSON.stringify({ problem: (error as Error).message }),
        );
    }
  }

  async #get({ path, query }: Admitted, response: ServerResponse): Promise<void> {
    switch (path) {
      case '':
        return this.#answer(response, 200, 'text/html; charset=utf-8', this.#options.page);
      case 'events':
        return this.#events(response);
      case 'metrics': {
        const [report, queues] = [this.#watch.look(), await this.#watch.lookAtQueues()];
        const type = 'text/plain; version=0.0.4; charset=utf-8';
        return this.#answer(response, 200, type, metricsText(report, queues));
      }
      case 'letters':
        return this.#json(response, await this.#queues.letters(query));
      case 'jobs':
        return this.#json(response, await this.#jobs.jobs(query));
      case 'job':
        return this.#json(response, await this.#jobs.job(query));
      case 'letter':
        return this.#json(response, await this.#queues.letter(query));
      default:
        throw new Refusal(404, 'there is nothing here');
    }
  }

  #events(response: ServerResponse): void {
    response.writeHead(200, { ...this.#headers, 'Content-Type': 'text/event-stream' });
    response.write('retry: 2000\n\n');
    if (!this.#watch.add(response)) response.end();
  }

  async #post({ path }: Admitted, request: IncomingMessage, response: ServerResponse): Promise<void> {
    mustComeFromPage(request);
    if (!this.#options.allowControl)
      throw new Refusal(403, 'this page only looks: start mproc web with --allow-control');
    const order = await bodyOf(request);
    const { pid, jobId } = order as { pid?: unknown; jobId?: unknown };
    const actions: Record<string, () => Promise<object>> = {
      stack: () => stackOfProcess(this.#watch.report, pid),
      cancel: () => cancelJob(this.#watch.report, jobId),
      requeue: () => this.#queues.requeue(order),
      clear: () => this.#queues.clear(order),
    };
    if (!Object.hasOwn(actions, path)) throw new Refusal(404, 'there is nothing here');
    this.#json(response, await actions[path]!());
    if (path === 'requeue' || path === 'clear') await this.#watch.lookAtQueues();
  }

  #json(response: ServerResponse, data: object): void {
    this.#answer(response, 200, 'application/json', JSON.stringify(data));
  }

  #answer(response: ServerResponse, status: number, type: string, text: string): void {
    response.writeHead(status, {
      ...this.#headers,
      'Content-Type': type,
      'Content-Length': Buffer.byteLength(text),
    });
    response.end(text);
  }
}

/** The page runs its own script and no other, asks this server alone, and is put into no other page. */
function pageHeaders(page: string): Record<string, string> {
  const hashes = (tag: string) =>
    [...page.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, 'g'))]
      .map(([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`)
      .join(' ');
  return {
    'Content-Security-Policy':
      `default-src 'none'; script-src ${hashes('script')}; style-src ${hashes('style')}; connect-src 'self'; img-src data:; ` +
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
    'Cache-Control': 'no-store',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
  };
}

/** @throws Refusal */
async function bodyOf(request: IncomingMessage): Promise<object> {
  const pieces: Buffer[] = [];
  let lengthBytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    lengthBytes += piece.length;
    if (lengthBytes > MOST_BODY_BYTES) throw new Refusal(413, 'that is too much');
    pieces.push(piece);
  }
  try {
    return Object(JSON.parse(Buffer.concat(pieces).toString())) as object;
  } catch {
    throw new Refusal(400, 'that is no JSON');
  }
}
