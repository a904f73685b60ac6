import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { createInterface } from 'node:readline';
import type { Browser } from 'playwright-core';
import { MPROC } from '../cli/looked-at.js';

/** Where Debian has it, and what `CHROMIUM` names. */
const CHROMIUM = [process.env.CHROMIUM, '/usr/bin/chromium'].find((path) => path && existsSync(path));
export const noChromium =
  CHROMIUM === undefined ? 'there is no Chromium: apt-get install chromium' : undefined;

export async function openBrowser(): Promise<Browser> {
  const { chromium } = await import('playwright-core');
  return chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox'] });
}

/** A running `mproc web`. */
export interface Served extends AsyncDisposable {
  /** With the token, and a slash at its end. */
  readonly url: string;
  readonly port: number;
  readonly token: string;
  readonly process: ChildProcess;
  /** The signal of an end is SIGTERM. */
  end(): Promise<number | null>;
}

export function serve(...words: string[]): Promise<Served> {
  return serveIn(process.env, ...words);
}

export async function serveIn(env: NodeJS.ProcessEnv, ...words: string[]): Promise<Served> {
  const child = spawn(process.execPath, [MPROC, 'web', ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  const closed = once(child, 'close');
  const [url] = (await Promise.race([
    once(createInterface(child.stdout), 'line'),
    closed.then(() => Promise.reject(new Error(`mproc web has ended: ${stderr}`))),
  ])) as [string];
  const [, port = '', token = ''] = /^http:\/\/127\.0\.0\.1:(\d+)\/([\w-]{32})\/$/.exec(url) ?? [];
  if (token === '') throw new Error(`that is no address: ${url}`);
  const end = async () => {
    child.kill('SIGTERM');
    const [code] = (await closed) as [number | null];
    return code;
  };
  return {
    url,
    port: Number(port),
    token,
    process: child,
    end,
    [Symbol.asyncDispose]: async () => void (await end()),
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** A request with headers of any kind, which `fetch` would not send. */
export async function ask(
  port: number,
  path: string,
  {
    method = 'GET',
    headers = {},
    body = '',
  }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  const asking = request({ host: '127.0.0.1', port, path, method, headers });
  asking.end(body);
  const [response] = (await once(asking, 'response')) as [import('node:http').IncomingMessage];
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return { status: response.statusCode!, headers: response.headers, text };
}
