// A crawler, one round of links after another: `concurrency` lets each process wait for many pages, and a busy page is tried again.
import { ProcessPool } from 'mproc-worker';
import { page } from './page.ts';
import { openSite } from './site.ts';

const { server, url } = await openSite();
await using pool = new ProcessPool({ processes: 2, concurrency: 8 });

const seen = new Set([url]);
let round = [url];
while (round.length > 0) {
  const found: string[] = [];
  for (const response of await pool.map(page, round, { keepInputs: true })) {
    const path = new URL(response.input).pathname;
    if (response.ok) console.log(path, 'attempts:', response.attempts.length, response.body.title);
    else console.log(path, 'attempts:', response.attempts.length, response.error.message);
    found.push(...(response.body?.links ?? []));
  }
  round = [...new Set(found)].filter((link) => !seen.has(link) && link.startsWith(url));
  for (const link of round) seen.add(link);
}
server.close();
