import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
const MODULES = join(CHECKOUT, 'node_modules');
const KIT_TIMEOUT_MS = 20 * 60_000;

/** The engines that need a server, and the programs it is made of. */
const SERVERS: Record<string, readonly string[]> = {
  postgres: ['postgres', 'initdb'],
  redis: ['redis-server'],
  nats: ['nats-server'],
  rabbitmq: ['rabbitmq-server', 'epmd'],
  bullmq: ['redis-server'],
};
/** The queue that the documents show, as it stands there. */
const DOCUMENTED = 'documented';
const PAGE = join(CHECKOUT, 'docs/write-your-own-queue.md');
const SERVERLESS = ['blank', 'shared-memory', 'sqlite'];
const ENGINES = [...SERVERLESS, ...Object.keys(SERVERS), DOCUMENTED];
const FURTHER_FOLDERS = ['/usr/sbin', '/usr/lib/rabbitmq/bin', ...postgresFolders()];
/** Those of the engines below, or all: `QUEUE_ENGINES=redis,nats`. */
const CHOSEN = process.env.QUEUE_ENGINES?.split(',');

let parent: string;
let project: string;

beforeAll(async () => {
  parent = mkdtempSync(join(tmpdir(), 'queue-engines-'));
  project = join(parent, 'project');
  await generate('project', '--template', 'sums', '--no-git', '--no-install', '--cwd', parent);
  symlinkSync(MODULES, join(project, 'node_modules'));
  for (const engine of [...SERVERLESS, ...Object.keys(SERVERS)])
    await generate('add', 'queue', `${engine}-jobs`, '--engine', engine, '--no-install', '--cwd', project);
  await generate('add', 'queue', 'Files', '--engine', 'blank', '--no-install', '--cwd', project);
  for (const [path, code] of codeOfPage()) writeFileSync(join(project, path), code);
}, 120_000);

afterAll(() => rmSync(parent, { recursive: true, force: true }));

describe.each(ENGINES)('engine %s', (engine) => {
  test('passes the kit in a generated project', { timeout: KIT_TIMEOUT_MS }, async (context) => {
    if (CHOSEN && !CHOSEN.includes(engine))
      return skip(context, `${engine} is not among QUEUE_ENGINES=${CHOSEN.join()}`);
    const missing = (SERVERS[engine] ?? []).filter((program) => !isOnThisMachine(program));
    if (missing.length > 0) return skip(context, `${missing.join(' and ')} is not on this machine`);
    const report = join(parent, `${engine}.json`);
    const vitest = join(MODULES, 'vitest/vitest.mjs');
    const file = engine === DOCUMENTED ? 'files' : `${engine}-jobs`;
    const args = ['run', `src/queues/${file}.queue`, '--reporter=json', `--outputFile=${report}`];
    const { output } = await run(process.execPath, [vitest, ...args], project);
    expect(existsSync(report), output).toBe(true);
    const found = JSON.parse(readFileSync(report, 'utf8')) as Report;
    expect(failuresIn(found)).toEqual([]);
    // Those that a queue of one process cannot have are skipped, by name.
    expect(found.numPassedTests).toBeGreaterThan(engine === 'blank' ? 40 : 50);
    expect(found.numPassedTests + found.numPendingTests).toBeGreaterThan(60);
    console.log(
      `${engine}: ${found.numPassedTests} tests of the kit passed, ${found.numPendingTests} skipped`,
    );
  });
});

test('a server that the environment names is used, and left as it was', {
  timeout: 180_000,
}, async (context) => {
  if (!isOnThisMachine('redis-server')) return skip(context, 'redis-server is not on this machine');
  const port = await freePort();
  const server = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', ''], {
    stdio: 'ignore',
  });
  const url = `redis://127.0.0.1:${port}`;
  const redis = new Redis(url, { maxRetriesPerRequest: null });
  redis.on('error', () => {});
  try {
    await redis.set('of somebody else', 'kept');
    const report = join(parent, 'given.json');
    const parts = 'putting and taking|its server|in the server|goes to the dead letters or does no harm';
    const args = [
      'run',
      'src/queues/redis-jobs.queue',
      '-t',
      parts,
      '--reporter=json',
      `--outputFile=${report}`,
    ];
    const vitest = join(MODULES, 'vitest/vitest.mjs');
    const { output } = await run(process.execPath, [vitest, ...args], project, { REDIS_URL: url });
    expect(existsSync(report), output).toBe(true);
    const found = JSON.parse(readFileSync(report, 'utf8')) as Report;
    expect(failuresIn(found)).toEqual([]);
    expect(found.numPassedTests).toBeGreaterThan(10);
    const tests = found.testResults.flatMap((file) => file.assertionResults);
    const left = tests.filter((one) => one.status !== 'passed' && one.fullName.includes('its server'));
    expect(left.map((one) => one.fullName)).toEqual([
      'its server goes away (that of REDIS_URL is left alone)',
    ]);
    expect(await redis.keys('*')).toEqual(['of somebody else']);
  } finally {
    redis.disconnect();
    server.kill();
    await once(server, 'exit');
  }
});

test('the checker finds nothing in any of them', { timeout: 300_000 }, async () => {
  const checker = ['check', '--format', 'json', '--cwd', project];
  const { output } = await run(process.execPath, [join(CHECKOUT, 'bin/create-mproc-worker.js'), ...checker]);
  const { findings, checked } = JSON.parse(output.slice(output.indexOf('{'))) as Checked;
  expect(findings).toEqual([]);
  expect(checked.queues).toBe(ENGINES.length);
});

test('what several engines share is the same in each of them, so that one project can have them all', () => {
  const shared = (engine: string, path: string) =>
    readFileSync(join(CHECKOUT, `templates/queue/${engine}/${path}`), 'utf8');
  const process_ = 'src/queues/testing/server-process.ts.hbs';
  for (const engine of Object.keys(SERVERS))
    expect(shared(engine, process_)).toBe(shared('postgres', process_));
  for (const path of ['src/queues/testing/redis-server.ts.hbs', 'compose.redis.yaml.hbs'])
    expect(shared('bullmq', path)).toBe(shared('redis', path));
});

test('each server has a compose file with a fixed version, on this machine alone, with its data on a volume', () => {
  for (const engine of Object.keys(SERVERS)) {
    const folder = join(CHECKOUT, 'templates/queue', engine);
    const [file, ...others] = readdirSync(folder).filter((name) => name.startsWith('compose.'));
    expect(others).toEqual([]);
    const text = readFileSync(join(folder, file!), 'utf8');
    expect(text).not.toContain('\t');
    expect(text).toMatch(/^ {4}image: [\w-]+:\d+\.\d+(\.\d+)?(-\w+)?$/m);
    for (const [, port] of text.matchAll(/- "([^"]+:\d+)"/g)) expect(port).toMatch(/^127\.0\.0\.1:/);
    for (const part of ['volumes:', 'healthcheck:']) expect(text).toContain(part);
    // A password is one for this machine, and can be given from outside.
    for (const [, secret] of text.matchAll(/PASS(?:WORD)?: (.*)/g))
      expect(secret).toMatch(/^\$\{\w+:-queues\}$/);
  }
});

interface Report {
  readonly numPassedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

interface Checked {
  readonly findings: readonly unknown[];
  readonly checked: { readonly queues: number };
}

function failuresIn({ testResults }: Report): string[] {
  const tests = testResults.flatMap((file) => file.assertionResults);
  const failed = tests.filter((one) => one.status === 'failed');
  const ofFiles = testResults.map((file) => file.message).filter((message) => message !== '');
  return [...ofFiles, ...failed.map((one) => `${one.fullName}: ${one.failureMessages.join('\n')}`)];
}

function skip(context: { skip: (note: string) => void }, reason: string): void {
  console.warn(`skipped: ${reason}`);
  context.skip(reason);
}

/** The files that the page shows, by the path that each begins with. */
function codeOfPage(): [path: string, code: string][] {
  const blocks = [...readFileSync(PAGE, 'utf8').matchAll(/^```ts\n\/\/ (src\/\S+)\n([\s\S]*?)^```$/gm)];
  expect(blocks.map(([, path]) => path)).toEqual([
    'src/queues/files.queue.ts',
    'src/queues/files.queue.test.ts',
  ]);
  return blocks.map(([, path = '', code = '']) => [path, code]);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function postgresFolders(): string[] {
  return [18, 17, 16, 15, 14, 13].map((version) => `/usr/lib/postgresql/${version}/bin`);
}

function isOnThisMachine(program: string): boolean {
  const path = (process.env.PATH ?? '').split(':');
  return [...FURTHER_FOLDERS, ...path].some((folder) => existsSync(join(folder, program)));
}

async function generate(...args: string[]): Promise<void> {
  const program = join(CHECKOUT, 'bin/create-mproc-worker.js');
  const { code, output } = await run(process.execPath, [program, ...args, '--yes']);
  expect(code, output).toBe(0);
}

function run(
  program: string,
  args: readonly string[],
  cwd = CHECKOUT,
  settings: Record<string, string> = {},
): Promise<{ code: number; output: string }> {
  const env: NodeJS.ProcessEnv = { ...process.env };
  // Each test starts a server of its own, which it can take away, whatever this machine has.
  for (const name of ['DATABASE_URL', 'REDIS_URL', 'NATS_URL', 'RABBITMQ_URL']) delete env[name];
  Object.assign(env, settings);
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text) => {
        output += text;
      });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
