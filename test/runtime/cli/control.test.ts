import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type PoolOptions, ProcessPool, SharedMemoryQueue } from 'mproc-worker';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { until } from '../pool/prove-pool.js';
import { Gated } from '../remote/gated.worker.mjs';
import { createQueue } from './control.queue.mjs';

const CLI = fileURLToPath(new URL('../../../runtime/dist/cli.js', import.meta.url));
const mproc = (...args: string[]) => promisify(execFile)(process.execPath, [CLI, ...args]);
const paused = async (...args: string[]): Promise<string[]> =>
  JSON.parse((await mproc(...args, '--json')).stdout).paused;

test('mproc pauses a class for all hosts, and lets them go on', async () => {
  const name = `Paused${process.pid}`;
  expect(await paused('pause', name)).toContain(name);
  expect((await mproc('pause', name)).stdout).toContain(name);
  expect(await paused('resume', name)).not.toContain(name);
});

test('mproc pause tells of a name that no worker of the project has, and pauses it for others', async () => {
  const root = mkdtempSync(join(tmpdir(), 'mproc-pause-'));
  mkdirSync(join(root, 'src'));
  symlinkSync(fileURLToPath(new URL('../../../node_modules', import.meta.url)), join(root, 'node_modules'));
  writeFileSync(join(root, 'package.json'), '{}');
  writeFileSync(join(root, 'src/invoice.worker.ts'), 'export class Invoice extends Worker<number> {}');
  const module = join(root, 'src/shared.queue.mjs');
  const name = `pause-${process.pid}`;
  writeFileSync(
    module,
    `import { sharedMemoryQueue } from 'mproc-worker';\nexport const queue = sharedMemoryQueue({ prefix: '${name}.' });\n`,
  );
  const { stdout, stderr } = await mproc('pause', 'Invioce', '--queues', module);
  expect(stdout).toBe('paused: Invioce\n');
  expect(stderr).toBe(
    `mproc pause: no worker in ${join(root, 'src')} is called Invioce, only Invoice; if that is a mistake: mproc resume Invioce\n`,
  );
  expect(await mproc('pause', 'Invoice', '--queues', module)).toMatchObject({ stderr: '' });
  for (const one of ['Invioce', 'Invoice']) await mproc('resume', one, '--queues', module);
  await SharedMemoryQueue.open(`${name}.control`).destroy();
  rmSync(root, { recursive: true });
});

test('mproc drain says that no host of that name has answered, and fails', async () => {
  const host = `${hostname()}:0`;
  await expect(mproc('drain', host, '--lease-ms', '600')).rejects.toMatchObject({
    code: 1,
    stdout: 'no host of that name has answered\n',
  });
});

test('what is wrong is one line', async () => {
  await expect(mproc('pause', 'Invoice', '--queues', 'none.queue.ts')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^mproc pause: --queues names a module that is not there: .*\n$/),
  });
});

describe('a job that runs, and its class', () => {
  const MODULE = fileURLToPath(new URL('./control.queue.mjs', import.meta.url));
  const LEASE_MS = 6_000;
  const LEASE = ['--queues', MODULE, '--lease-ms', String(LEASE_MS)] as const;
  const folder = mkdtempSync(join(tmpdir(), 'mproc-control-'));
  process.env.CONTROL_SPACE = `cli-control-${process.pid}`;

  function gated(file: string): Gated {
    const worker = new Gated();
    worker.file = join(folder, file);
    return worker;
  }
  /** Its gate never opens. */
  const job = { n: 1, gate: join(folder, 'none') };
  const began = (file: string) =>
    until(() => existsSync(join(folder, file)) && readFileSync(join(folder, file), 'utf8').includes('began'));

  const pools: ProcessPool[] = [];
  function poolOf(options: PoolOptions): ProcessPool {
    const pool = new ProcessPool(options);
    pools.push(pool);
    return pool;
  }
  afterEach(async () => {
    for (const pool of pools.splice(0)) await pool.destroy();
  });
  afterAll(async () => {
    for (const name of ['jobs.Gated', 'control']) await createQueue(name).destroy();
    rmSync(folder, { recursive: true });
  });

  test('over queues: mproc broadcast reaches it, mproc cancel stops it', async () => {
    const host = poolOf({ processes: 1, queues: createQueue, leaseMs: LEASE_MS });
    const caller = poolOf({ processes: 0, queues: createQueue, leaseMs: LEASE_MS });
    host.work([Gated]).catch(() => {});
    const running = caller.run(gated('served'), job);
    await began('served');
    const { answers } = JSON.parse(
      (await mproc('broadcast', 'Gated', '{"reload":[1]}', ...LEASE, '--json')).stdout,
    );
    expect(answers).toEqual([
      {
        host: `${hostname()}:${process.pid}`,
        pid: expect.any(Number),
        status: 'fulfilled',
        text: expect.stringContaining('heard: { reload: [ 1 ] }'),
      },
    ]);
    expect((await mproc('broadcast', 'Gated', '7', ...LEASE)).stdout).toMatch(
      new RegExp(`^${hostname()}:${process.pid} process \\d+: \\{ heard: 7, pid: \\d+ \\}\n$`),
    );
    expect((await mproc('cancel', running.jobId, ...LEASE)).stdout).toBe('canceled\n');
    expect(await running).toMatchObject({ ok: false, error: { code: 'ERR_JOB_CANCELED' } });
    await expect(mproc('cancel', running.jobId, ...LEASE, '--json')).rejects.toMatchObject({
      code: 1,
      stdout: '{"canceled":false}\n',
    });
  });

  test('of a pool on this machine: mproc cancel stops it', async () => {
    const pool = poolOf({ processes: 1 });
    const running = pool.run(gated('own'), job);
    await began('own');
    expect((await mproc('cancel', running.jobId)).stdout).toBe('canceled\n');
    expect(await running).toMatchObject({ ok: false, error: { code: 'ERR_JOB_CANCELED' } });
  });

  test('a message that no host hears, or that is no JSON, is told', async () => {
    await expect(mproc('broadcast', 'Nobody', '1', ...LEASE)).rejects.toMatchObject({
      code: 1,
      stdout: 'no host has answered: none serves this class, or it has no onMessage\n',
    });
    await expect(mproc('broadcast', 'Gated', 'reload', ...LEASE)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^mproc broadcast: the message is no JSON: .*\n$/),
    });
  });

  test('a name alone is for hosts', async () => {
    const pool = poolOf({ processes: 1 });
    await expect(pool.broadcast('Gated', 1, {} as never)).rejects.toMatchObject({
      code: 'ERR_OPTION',
      message: expect.stringContaining('everywhere: true'),
    });
  });
});
