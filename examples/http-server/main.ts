// An HTTP server: a full pool answers 503, a slow job 504, and the job of a client that goes away is stopped.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { ProcessPool } from 'mproc-worker';
import { reportServer } from './server.ts';

// One job runs, one waits, and a third is refused.
await using pool = new ProcessPool({ processes: 1, maxQueue: 1, timeoutMs: 60_000 });
const server = reportServer(pool).listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;
const get = (path: string, signal?: AbortSignal) =>
  fetch(`http://127.0.0.1:${port}${path}`, { ...(signal && { signal }), headers: { connection: 'close' } });

const quick = await get('/reports/0.01');
console.log(quick.status, (await quick.text()).trim());

const leaving = new AbortController();
const slow = [get('/reports/3600', leaving.signal), get('/reports/3600', leaving.signal)];
while (pool.stats().outstanding < slow.length) await new Promise(setImmediate);
const refused = await get('/reports/1');
console.log(
  refused.status,
  (await refused.text()).trim(),
  'retry after',
  refused.headers.get('retry-after'),
  's',
);

// Both clients go away: their jobs are stopped, and the pool has room again.
const idle = once(pool, 'idle');
leaving.abort();
await Promise.allSettled(slow);
await idle;
const again = await get('/reports/0.01');
console.log(again.status, (await again.text()).trim());
server.close();
