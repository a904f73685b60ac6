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
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../free-port.js';

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
/** They mostly wait. */
const AT_ONCE = 6;
/** In the large tests, of four processes each. */
const JOBS_PER_PROCESS = process.env.MPROC_ENGINES === 'all' ? 1_000 : 300;
/**
 * Those that pass the whole kit in each run; the others pass its quick tier, and all of it with MPROC_ENGINES=all. What is
 * left out kills processes at random, and takes a minute of a processor for each engine.
 */
const WHOLE =
  process.env.MPROC_ENGINES === 'all' ? ENGINES : ['shared-memory', 'sqlite', 'postgres', 'redis'];
/** Those of the engines below, or all: `QUEUE_ENGINES=redis,nats`. */
const CHOSEN = process.env.QUEUE_ENGINES?.split(',');

let parent: string;
let project: string;
/** A run of Vitest has the tests of several engines: each with a server of its own, some of them beside each other. */
let kits: { readonly whole: Promise<Tested>; readonly quick: Promise<Tested> };

beforeAll(async () => {
  parent = mkdtempSync(join(tmpdir(), 'queue-engines-'));
  project = join(parent, 'project');
  await generate('project', '--template', 'sums', '--no-git', '--no-install', '--cwd', parent);
  symlinkSync(MODULES, join(project, 'node_modules'));
  for (const engine of [...SERVERLESS, ...Object.keys(SERVERS)])
    await generate('add', 'queue', `${engine}-jobs`, '--engine', engine, '--no-install', '--cwd', project);
  await generate('add', 'queue', 'Orders', '--engine', 'blank', '--no-install', '--cwd', project);
  for (const [path, code] of codeOfPage()) writeFileSync(join(project, path), code);
  for (const engine of ENGINES) makeLight(engine);
  const able = ENGINES.filter((engine) => whyNot(engine) === undefined);
  const filesOf = (isWhole: boolean) =>
    able.filter((engine) => WHOLE.includes(engine) === isWhole).map(fileOf);
  const whole = runTests('whole', filesOf(true));
  const quick = whole.then(
    () => runTests('quick', filesOf(false), { MPROC_KIT: 'quick' }),
    () => runTests('quick', filesOf(false), { MPROC_KIT: 'quick' }),
  );
  kits = { whole, quick };
  // Who awaits them first may be a while.
  for (const kit of [whole, quick]) kit.catch(() => {});
});

afterAll(async () => {
  await Promise.allSettled([kits.whole, kits.quick]);
  rmSync(parent, { recursive: true, force: true });
}, KIT_TIMEOUT_MS);

test('a server that the environment names is used, and left as it was', async (context) => {
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
    const parts = 'putting and taking|its server|goes to the dead letters|closing and destroying';
    const { report } = await runTests('given', ['src/queues/redis-jobs.queue', '-t', parts], {
      REDIS_URL: url,
    });
    const [found] = report.testResults;
    const { failures, passed } = countsOf(found!);
    expect(failures).toEqual([]);
    expect(passed).toBeGreaterThan(10);
    const left = found!.assertionResults.filter(
      (one) => one.status !== 'passed' && one.fullName.includes('its server'),
    );
    expect(left.map((one) => one.fullName)).toEqual([
      'queue redisJobsQueue its server goes away (one that the environment names is left alone)',
    ]);
    expect(await redis.keys('*')).toEqual(['of somebody else']);
  } finally {
    redis.disconnect();
    server.kill();
    await once(server, 'exit');
  }
});

test('the checker finds nothing in any of them', { timeout: KIT_TIMEOUT_MS }, async () => {
  const checker = ['check', '--format', 'json', '--cwd', project];
  const { output } = await run(process.execPath, [join(CHECKOUT, 'bin/create-mproc-worker.js'), ...checker]);
  const { findings, checked } = JSON.parse(output.slice(output.indexOf('{'))) as Checked;
  expect(findings).toEqual([]);
  expect(checked.queues).toBe(ENGINES.length);
});

describe.each(ENGINES)('engine %s', (engine) => {
  test('passes the kit in a generated project', { timeout: KIT_TIMEOUT_MS }, async (context) => {
    const reason = whyNot(engine);
    if (reason !== undefined) return skip(context, reason);
    const isWhole = WHOLE.includes(engine);
    const { report, output } = await kits[isWhole ? 'whole' : 'quick'];
    const found = report.testResults.find(({ name }) => name.endsWith(`/${fileOf(engine)}.test.ts`));
    const { failures, passed, skipped } = countsOf(found ?? expect.fail(output));
    expect(failures).toEqual([]);
    // Those that a queue of one process cannot have are skipped, by name.
    expect(passed).toBeGreaterThan(isWhole && engine !== 'blank' ? 50 : 40);
    expect(passed + skipped).toBeGreaterThan(60);
    console.log(`${engine}: ${passed} tests of the kit passed, ${skipped} skipped`);
  });
});

test('what several engines share is the same in each of them, so that one project can have them all', () => {
  const shared = (engine: string, path: string) =>
    readFileSync(join(CHECKOUT, `templates/queue/${engine}/${path}`), 'utf8');
  const path = 'compose.redis.yaml.hbs';
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

interface FileReport {
  readonly name: string;
  readonly message: string;
  readonly assertionResults: readonly {
    readonly fullName: string;
    readonly status: string;
    readonly failureMessages: readonly string[];
  }[];
}

interface Tested {
  readonly report: { readonly testResults: readonly FileReport[] };
  readonly output: string;
}

interface Checked {
  readonly findings: readonly unknown[];
  readonly checked: { readonly queues: number };
}

/** A run of Vitest in the project. */
async function runTests(
  name: string,
  args: readonly string[],
  settings: Record<string, string> = {},
): Promise<Tested> {
  const file = join(parent, `${name}.json`);
  const vitest = join(MODULES, 'vitest/vitest.mjs');
  const options = ['--reporter=json', `--outputFile=${file}`, `--maxWorkers=${AT_ONCE}`];
  const { output } = await run(process.execPath, [vitest, 'run', ...args, ...options], project, settings);
  if (!existsSync(file)) throw new Error(`Vitest wrote no report; it says: ${output}`);
  return { report: JSON.parse(readFileSync(file, 'utf8')), output };
}

/**
 * The kit starts some thirty processes for an engine. Here they load what was built, which takes a third of the time, and
 * take fewer jobs in the large tests; test/e2e/published.test.ts runs a generated test as it is.
 */
function makeLight(engine: string): void {
  const source = `${fileOf(engine)}.ts`;
  const built = `build/${engine}.js`;
  buildSync({
    absWorkingDir: project,
    entryPoints: [source],
    outfile: join(project, built),
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
  });
  const test = join(project, `${fileOf(engine)}.test.ts`);
  const text = readFileSync(test, 'utf8');
  const module = `module: new URL('./${basename(source)}', import.meta.url).href,`;
  expect(text).toContain(module);
  const jobs = text.includes('jobsPerProcess:') ? '' : ` jobsPerProcess: ${JOBS_PER_PROCESS},`;
  writeFileSync(
    test,
    text.replace(module, `module: new URL('../../${built}', import.meta.url).href,${jobs}`),
  );
}

function fileOf(engine: string): string {
  return `src/queues/${engine === DOCUMENTED ? 'orders' : `${engine}-jobs`}.queue`;
}

function whyNot(engine: string): string | undefined {
  if (CHOSEN && !CHOSEN.includes(engine)) return `${engine} is not among QUEUE_ENGINES=${CHOSEN.join()}`;
  const missing = (SERVERS[engine] ?? []).filter((program) => !isOnThisMachine(program));
  return missing.length > 0 ? `${missing.join(' and ')} is not on this machine` : undefined;
}

function countsOf({ message, assertionResults }: FileReport) {
  const withStatus = (...statuses: string[]) =>
    assertionResults.filter(({ status }) => statuses.includes(status));
  const failed = withStatus('failed').map((one) => `${one.fullName}: ${one.failureMessages.join('\n')}`);
  return {
    failures: [message, ...failed].filter((text) => text !== ''),
    passed: withStatus('passed').length,
    skipped: withStatus('skipped', 'pending', 'todo').length,
  };
}

function skip(context: { skip: (note: string) => void }, reason: string): void {
  console.warn(`skipped: ${reason}`);
  context.skip(reason);
}

/** The files that the page shows, by the path that each begins with. */
function codeOfPage(): [path: string, code: string][] {
  const blocks = [...readFileSync(PAGE, 'utf8').matchAll(/^```ts\n\/\/ (src\/\S+)\n([\s\S]*?)^```$/gm)];
  expect(blocks.map(([, path]) => path)).toEqual([
    'src/queues/orders.queue.ts',
    'src/queues/orders.queue.test.ts',
  ]);
  return blocks.map(([, path = '', code = '']) => [path, code]);
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
  Object.assign(env, { MPROC_KIT: 'full' }, settings);
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
