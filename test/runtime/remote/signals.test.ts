import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Adapter, MissingServer, makeAdapter, type Store } from '../../../bench/queues/make-adapter.js';
import { until } from '../pool/prove-pool.js';
import { removeQueues } from './queues.js';

const PROGRAM = fileURLToPath(new URL('./signalled-program.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'mproc-signalled-'));
const space = `signalled-${process.pid}`;
afterAll(() => rmSync(folder, { recursive: true }));

interface End {
  readonly answers: number;
  readonly given: number[];
  readonly codes: string[];
  readonly read: number;
}

describe.each(['shared-memory', 'redis', 'postgres'])('a call over %s', (engine) => {
  let adapter: Adapter | undefined;
  let server: Store | undefined;
  let missing: string | undefined;
  let env = process.env;
  beforeAll(async () => {
    if (engine === 'shared-memory') return;
    adapter = await makeAdapter(engine);
    try {
      server = await adapter.startServer();
      env = { ...process.env, [adapter.variable]: server.url };
    } catch (error) {
      if (!(error instanceof MissingServer)) throw error;
      missing = error.message;
    }
  });
  afterAll(async () => {
    await server?.remove();
    adapter?.remove();
    if (engine === 'shared-memory') {
      await removeQueues(`${space}-endless`, ['jobs.Noted']);
      await removeQueues(`${space}-batch`, ['jobs.Noted', 'batch.taken-up']);
    }
  });

  const fileOf = (name: string) => join(folder, `${engine}-${name}`);
  const done = (name: string) =>
    existsSync(fileOf(name)) ? readFileSync(fileOf(name), 'utf8').trim().split('\n').map(Number) : [];

  /** @returns the program, and what it has said so far */
  function start(name: string, count: number, batch = ''): { program: ChildProcess; said(): string } {
    // What a call leaves on its queue, the next one that serves it would run.
    const words = [adapter?.module ?? '', `${space}-${name}`, fileOf(name), String(count), batch];
    const program = spawn(process.execPath, [PROGRAM, ...words], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    program.stdout!.on('data', (chunk) => {
      said += chunk;
    });
    return { program, said: () => said };
  }

  async function endBy(signal: NodeJS.Signals, { program, said }: ReturnType<typeof start>): Promise<End> {
    await until(() => said().includes('running'));
    program.kill(signal);
    await once(program, 'exit');
    expect(program.signalCode).toBe(signal);
    return JSON.parse(said().split('ended ')[1]!);
  }

  test('gives at a signal what is done, and takes its input only so far ahead', async (context) => {
    if (missing !== undefined) return context.skip(missing);
    const { answers, given, codes, read } = await endBy('SIGTERM', start('endless', 1_000_000));
    expect(given.length).toBeGreaterThanOrEqual(6);
    expect(given.toSorted((a, b) => a - b)).toEqual(done('endless').sort((a, b) => a - b));
    expect(codes).toEqual(['ERR_POOL_CLOSED']);
    expect(answers).toBe(read);
    expect(read).toBeLessThanOrEqual(4_096 + given.length);
  });

  test('that is a batch is taken up after a signal, and runs no job twice', async (context) => {
    if (missing !== undefined) return context.skip(missing);
    const { answers, given, codes } = await endBy('SIGINT', start('batch', 40, 'taken-up'));
    expect(given.sort((a, b) => a - b)).toEqual(done('batch').sort((a, b) => a - b));
    expect([answers, codes]).toEqual([40, ['ERR_POOL_CLOSED']]);
    const again = start('batch', 40, 'taken-up');
    await once(again.program, 'exit');
    const end: End = JSON.parse(again.said().split('ended ')[1]!);
    expect(end).toMatchObject({ answers: 40, codes: [] });
    expect(done('batch').sort((a, b) => a - b)).toEqual([...Array(40).keys()]);
  });
});
