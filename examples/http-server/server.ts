import { createServer, type Server, type ServerResponse } from 'node:http';
import type { ProcessPool } from 'mproc-worker';
import { report } from './report.ts';

const STATUS: Readonly<Record<string, number>> = {
  ERR_POOL_FULL: 503,
  ERR_POOL_CLOSED: 503,
  ERR_JOB_TIMEOUT: 504,
};

/** Serves `/reports/<seconds>` from a pool, which must have `maxQueue`. */
export function reportServer(pool: ProcessPool): Server {
  return createServer(async (request, response) => {
    const seconds = Number(request.url?.slice('/reports/'.length));
    const clientGone = new AbortController();
    response.once('close', () => clientGone.abort());
    try {
      const { body, error } = await pool.run(report, seconds, { signal: clientGone.signal });
      if (error === undefined) response.end(body);
      else fail(response, error);
    } catch (error) {
      // The pool has no room, or the client is gone and nobody reads what is written.
      fail(response, error as Error);
    }
  });
}

function fail(response: ServerResponse, error: Error & { code?: string | undefined }): void {
  const status = STATUS[error.code ?? ''] ?? 500;
  response.writeHead(status, status === 503 ? { 'retry-after': '1' } : {}).end(`${error.code ?? 'failed'}\n`);
}
