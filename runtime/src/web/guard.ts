import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** What a request has to know to be let in. */
export interface Door {
  readonly port: number;
  readonly token: string;
}

/** A request that was let in: what it wants, below the token. */
export interface Admitted {
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Why a request is refused. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Lets in who knows the token, and asks this server under its own name and from its own page.
 *
 * - the name: a page of elsewhere whose name leads to this machine by now (DNS rebinding) still asks for that name
 * - the page: browsers say in `Origin` and `Sec-Fetch-Site` which page asks
 * - the token: it is the first part of the path, or a bearer token
 * @throws Refusal
 */
export function admit(request: IncomingMessage, { port, token }: Door): Admitted {
  const { host, origin, authorization } = request.headers;
  const names = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (host === undefined || !names.includes(host))
    throw new Refusal(403, `this server is called ${names[0]}, and not what the request says`);
  const site = request.headers['sec-fetch-site'];
  const isOwn = site === undefined || site === 'same-origin' || (site === 'none' && request.method === 'GET');
  if (!isOwn || (origin !== undefined && origin !== `http://${host}`))
    throw new Refusal(403, 'another page asks');
  // Whatever stands there, which need not be an address.
  const [pathname = '', search = ''] = (request.url ?? '/').split(/\?(.*)/s);
  const query = new URLSearchParams(search);
  const [, given = '', path = ''] = /^\/([^/]*)\/?(.*)$/.exec(pathname) ?? [];
  if (isSame(given, token)) return { path, query };
  const [, bearer = ''] = /^Bearer (\S+)$/.exec(authorization ?? '') ?? [];
  if (isSame(bearer, token)) return { path: pathname.slice(1), query };
  throw new Refusal(403, 'the token is wrong: use the address that mproc web has printed');
}

/** What changes something comes from the page itself, as no form of another page can send it. @throws Refusal */
export function mustComeFromPage({ method, headers }: IncomingMessage): void {
  if (method !== 'POST') throw new Refusal(405, 'only POST changes something');
  if (headers.origin === undefined || headers['content-type'] !== 'application/json')
    throw new Refusal(403, 'only the page itself changes something');
}

/** In the same time, whatever it is. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
