import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const PAGES: Readonly<Record<string, readonly string[]>> = {
  '/': ['/tea', '/rice', '/gone'],
  '/tea': ['/', '/rice', '/pots'],
  '/rice': ['/tea'],
  '/pots': [],
};

/** A site on the loopback. `/rice` is busy the first time that it is asked for. */
export async function openSite(): Promise<{ server: Server; url: string }> {
  let wasBusy = false;
  const server = createServer(({ url = '' }, response) => {
    const links = PAGES[url];
    const isBusy = url === '/rice' && !wasBusy;
    if (isBusy) wasBusy = true;
    response.writeHead(isBusy ? 503 : links === undefined ? 404 : 200, { connection: 'close' });
    response.end(
      `<title>page ${url}</title>${(links ?? []).map((link) => `<a href="${link}">${link}</a>`).join('')}`,
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}
