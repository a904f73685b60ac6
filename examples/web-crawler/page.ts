import { defineWorker, NoRetry, RetryStrategy } from 'mproc-worker';

export interface Page {
  readonly url: string;
  readonly title: string;
  readonly links: readonly string[];
}

/** Fetches a page, and finds its title and its links. */
export const page = defineWorker(
  import.meta.url,
  async (url: string, { signal }): Promise<Page> => {
    const response = await fetch(url, { signal });
    if (response.status === 404) throw new NoRetry('404'); // it will not be there the next time either
    if (!response.ok) throw new Error(String(response.status));
    const html = await response.text();
    const links = [...html.matchAll(/href="([^"]+)"/g)].map(([, href = '']) => new URL(href, url).href);
    return { url, title: /<title>(.*)<\/title>/.exec(html)?.[1] ?? '', links };
  },
  {
    timeoutMs: 10_000,
    strategy: new RetryStrategy({
      maxRetries: 3,
      type: 'later',
      backoff: { type: 'exponential', delayMs: 50 },
    }),
  },
);
