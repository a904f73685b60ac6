import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmdirSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { SharedMemoryQueue } from 'mproc-worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LookedAt, mproc, startLookedAt } from '../cli/looked-at.js';
import { until } from '../pool/prove-pool.js';
import { ask, type Served, serve, serveIn } from './served.js';

describe.skipIf(process.platform !== 'linux')('the server of mproc web', () => {
  let program: LookedAt;
  let watching: Served;
  let controlling: Served;
  const name = `web-${process.pid}`;
  let queue: SharedMemoryQueue;

  beforeAll(async () => {
    queue = new SharedMemoryQueue(name);
    await queue.put([{ n: 1 }, { n: 2 }]);
    await queue.nack(await queue.reserve(2), { dead: true, reason: 'Error: as asked' });
    program = await startLookedAt({ options: { processes: 1 }, jobs: [{ kind: 'sleep', ms: 600_000 }] });
    watching = await serve(String(program.pid), '--name', name);
    controlling = await serve(String(program.pid), '--allow-control', '--name', name);
  });
  afterAll(async () => {
    await watching?.end();
    await controlling?.end();
    await program?.[Symbol.asyncDispose]();
    await queue?.destroy();
  });

  const page = () => `/${watching.token}/`;
  const own = () => ({ host: `127.0.0.1:${watching.port}` });

  test('answers on the loopback interface alone', async () => {
    const others = Object.values(networkInterfaces()).flat();
    const address = others.find((one) => one?.family === 'IPv4' && !one.internal)?.address;
    for (const host of [address, '::1'].filter((one) => one !== undefined)) {
      const socket = connect({ host, port: watching.port });
      const [how] = await Promise.race([
        once(socket, 'connect').then(() => ['connected']),
        once(socket, 'error'),
      ]).catch((error: Error) => [error]);
      expect(how).toBeInstanceOf(Error);
      socket.destroy();
    }
    expect((await ask(watching.port, page(), { headers: own() })).status).toBe(200);
  });

  test.each([
    ['another name, as after DNS rebinding', { host: 'evil.example:80' }],
    ['another name with the right port', { host: 'evil.example' }],
    ['no port', { host: '127.0.0.1' }],
    ['the address of another interface', { host: '192.168.0.1' }],
    ['another origin', { origin: 'http://evil.example' }],
    ['an origin of another port', { origin: 'http://127.0.0.1:1' }],
    ['the origin of a sandbox', { origin: 'null' }],
    ['a page of another site', { 'sec-fetch-site': 'cross-site' }],
    ['a page of another port', { 'sec-fetch-site': 'same-site' }],
  ])('refuses %s, with the right token too', async (_, headers) => {
    for (const path of ['', 'events', 'metrics', 'letters?queue=x']) {
      const answer = await ask(watching.port, `${page()}${path}`, { headers: { ...own(), ...headers } });
      expect([path, answer.status]).toEqual([path, 403]);
      expect(answer.text).not.toContain(watching.token);
    }
  });

  test.each(['/', '/metrics', '/events', '/x/', '//', `/${'a'.repeat(32)}/`, '/favicon.ico'])(
    'refuses a wrong token: %s',
    async (path) => {
      const { status, text } = await ask(watching.port, path, { headers: own() });
      expect(status).toBe(403);
      expect(text).not.toContain('<');
      expect(text).not.toContain(watching.token);
    },
  );

  test('refuses an address that is none, and goes on', async () => {
    const socket = connect({ host: '127.0.0.1', port: watching.port });
    socket.write(`GET http://[ HTTP/1.1\r\nHost: 127.0.0.1:${watching.port}\r\nConnection: close\r\n\r\n`);
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    expect(chunk.toString()).toMatch(/^HTTP\/1\.1 [45]\d\d /);
    socket.destroy();
    expect((await ask(watching.port, page(), { headers: own() })).status).toBe(200);
  });

  test('sends a page that asks for nothing elsewhere, under a strict policy', async () => {
    const { headers, text } = await ask(watching.port, page(), { headers: own() });
    const policy = String(headers['content-security-policy']);
    expect(policy).toMatch(
      /^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'; connect-src 'self';/,
    );
    expect(policy).not.toContain('unsafe');
    expect(policy).toContain("frame-ancestors 'none'");
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
    expect(text).toContain('.uplot');
    expect(text).not.toMatch(/(src|href)=["']?(https?:|\/\/)/);
    expect(text).not.toMatch(/url\(\s*['"]?(https?:|\/\/)/);
    expect(text).not.toMatch(/@import/);
  });

  const post = (served: Served, path: string, order: unknown, headers: Record<string, string> = {}) =>
    ask(served.port, `/${served.token}/${path}`, {
      method: 'POST',
      headers: {
        host: `127.0.0.1:${served.port}`,
        origin: `http://127.0.0.1:${served.port}`,
        'content-type': 'application/json',
        ...headers,
      },
      body: JSON.stringify(order),
    });

  test('changes nothing unless it was started with --allow-control', async () => {
    for (const [path, order] of [
      ['requeue', { queue: name, all: true }],
      ['clear', { queue: name, all: true }],
      ['cancel', { jobId: program.jobIds[0] }],
      ['stack', { pid: program.pid }],
    ] as const) {
      const { status, text } = await post(watching, path, order);
      expect([path, status]).toEqual([path, 403]);
      expect(text).toContain('--allow-control');
    }
    expect(await queue.counts()).toMatchObject({ ready: 0, dead: 2 });
  });

  test('changes something for its own page alone, and when it is said what', async () => {
    const order = { queue: name, all: true };
    const refused = [
      post(controlling, 'clear', order, { origin: 'http://evil.example' }),
      post(controlling, 'clear', order, { 'content-type': 'text/plain' }),
      post(controlling, 'clear', order, { 'sec-fetch-site': 'cross-site' }),
      post(controlling, 'clear', { queue: name }),
      post(controlling, 'clear', { queue: name, ids: [] }),
      post(controlling, 'clear', { queue: name, ids: [7] }),
      post(controlling, 'clear', { queue: 'other', all: true }),
      post(controlling, 'nothing', order),
      post(controlling, 'constructor', order),
      ask(controlling.port, `/${controlling.token}/clear`, {
        headers: { host: `127.0.0.1:${controlling.port}` },
      }),
    ];
    for (const { status } of await Promise.all(refused)) expect(status).toBeGreaterThanOrEqual(400);
    const withoutOrigin = await ask(controlling.port, `/${controlling.token}/clear`, {
      method: 'POST',
      headers: { host: `127.0.0.1:${controlling.port}`, 'content-type': 'application/json' },
      body: JSON.stringify(order),
    });
    expect(withoutOrigin.status).toBe(403);
    expect(await queue.counts()).toMatchObject({ ready: 0, dead: 2 });
    const [letter] = await queue.dead.getAll();
    expect(await post(controlling, 'requeue', { queue: name, ids: [letter!.id] })).toMatchObject({
      status: 200,
      text: '{"done":1}',
    });
    expect(await queue.counts()).toMatchObject({ ready: 1, dead: 1 });
    expect(await post(controlling, 'clear', order)).toMatchObject({ status: 200, text: '{"done":1}' });
    expect(await queue.counts()).toMatchObject({ ready: 1, dead: 0 });
  });

  test('tells Prometheus what ps and queues tell', async () => {
    const bearer = { ...own(), authorization: `Bearer ${watching.token}` };
    const { status, headers, text } = await ask(watching.port, '/metrics', { headers: bearer });
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect((await ask(watching.port, `${page()}metrics`, { headers: own() })).status).toBe(200);
    expect(text).toMatch(
      new RegExp(
        `^mproc_jobs_answered_total\\{pool="[^"]+",pid="${program.pid}",program="(?:[^"\\\\]|\\\\.)+"\\} 0$`,
        'm',
      ),
    );
    expect(text).toMatch(/^mproc_processes\{.*state="running"\} 1$/m);
    expect(text).toMatch(new RegExp(`^mproc_queue_jobs\\{queue="${name}",state="ready"\\} \\d+$`, 'm'));
    for (const line of text.trimEnd().split('\n'))
      expect(line).toMatch(
        /^(# (HELP|TYPE) mproc_\w+ .+|mproc_\w+\{\w+="([^"\\]|\\.)*"(,\w+="([^"\\]|\\.)*")*\} -?\d+(\.\d+)?)$/,
      );
    const families = [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, family]) => family);
    expect(new Set(families).size).toBe(families.length);
  });

  test('leaves nothing behind when it is ended, while pages are open too', async () => {
    // A folder for temporary files of its own: others look at pools, too.
    const temporary = mkdtempSync(join(tmpdir(), 'mproc-ends-'));
    const served = await serveIn({ ...process.env, TMPDIR: temporary }, String(program.pid));
    const events = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
      const headers = { host: `127.0.0.1:${served.port}` };
      const path = `/${served.token}/events`;
      import('node:http').then(({ get }) =>
        get({ host: '127.0.0.1', port: served.port, path, headers }, resolve).on('error', reject),
      );
    });
    let text = '';
    events.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    events.on('error', () => {});
    await until(() => /"feeds":\{"[^"]+":"live"\}/.test(text));
    expect(readdirSync(temporary)).toEqual([expect.stringMatching(/^mproc-web-/)]);
    expect(await served.end()).toBe(0);
    expect(readdirSync(temporary)).toEqual([]);
    rmdirSync(temporary);
    expect(mproc('ps').stdout).toContain(String(program.pid));
    expect(program.process.exitCode).toBeNull();
  });

  test.each([
    [['--port', 'eighty'], /^mproc web: --port takes a number from 0 to 65535; received eighty\n$/],
    [['src/main.ts'], /^mproc web: takes pids of programs; received src\/main.ts\n$/],
    [['--nosuch'], /^mproc web: has no flag "--nosuch"; see mproc web --help\n$/],
  ])('%j is told in one line what is wrong', (words, line) => {
    const { status, stderr } = mproc('web', ...words);
    expect(status).toBe(1);
    expect(stderr).toMatch(line);
  });
});
