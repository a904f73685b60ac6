import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startServer } from 'mproc-worker/testing';
import { afterAll, describe, expect, test } from 'vitest';
import { adapterOf } from '../../queues/adapter.js';

const CONSUMER = 4;
const PRODUCER = 3;
const TELEMETRY = fileURLToPath(new URL('./telemetry.mjs', import.meta.url));
const PROGRAM = fileURLToPath(new URL('./caller.program.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'mproc-otel-'));
const run = promisify(execFile);
afterAll(() => rmSync(folder, { recursive: true }));

interface Span {
  readonly name: string;
  readonly kind: number;
  readonly spanId: string;
  readonly traceId: string;
  readonly parent?: string;
  readonly linked: string[];
  readonly status: { code: number; message?: string };
  readonly exceptions: string[];
  readonly attributes: Record<string, unknown>;
  readonly pid: number;
}

interface Body {
  readonly before: string;
  readonly after: string;
  readonly baggage: string;
  readonly label: string;
  readonly n: number;
  readonly bytes?: number;
}

interface Told {
  readonly responses: { ok: boolean; body: Body; jobId: string; runMs: number[] }[];
  readonly spans: Span[];
  readonly figures: {
    name: string;
    unit: string;
    points: { attributes: Record<string, unknown>; count: number; sum?: number }[];
  }[];
  readonly inListeners: string[];
  readonly afterwards: string;
  readonly own: { spanId: string; traceId: string };
}

let runs = 0;

/** @returns what the caller has printed, with the spans of all processes */
async function told(how: string, ...more: string[]): Promise<Told> {
  runs += 1;
  const file = join(folder, `spans-${runs}.jsonl`);
  const { stdout } = await run(process.execPath, ['--import', TELEMETRY, PROGRAM, how, ...more], {
    env: { ...process.env, MPROC_TEST_SPANS: file, QUEUES_FOLDER: folder },
    timeout: 500_000,
  });
  const printed = JSON.parse(stdout) as Told;
  const inProcesses = how === 'inline' ? [] : linesOf(file);
  return { ...printed, spans: [...printed.spans, ...inProcesses] };
}

function linesOf(file: string): Span[] {
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Span);
}

function attemptOf({ attributes }: Span): number {
  return Number(attributes['mproc_worker.job.attempt']);
}

/** Proves that each job has one producer and as many consumers as attempts, in one trace. */
function prove({ spans, responses, own }: Told): { producers: Span[]; consumers: Span[] } {
  const producers = spans.filter(({ kind }) => kind === PRODUCER);
  const consumers = spans.filter(({ kind }) => kind === CONSUMER);
  expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([own.traceId]));
  expect(producers.map(({ parent }) => parent)).toEqual(producers.map(() => own.spanId));
  for (const { jobId, ok, body } of responses) {
    const sent = producers.filter(({ attributes }) => attributes['messaging.message.id'] === jobId);
    expect(sent).toHaveLength(1);
    // Each process writes its spans when it likes.
    const mine = consumers
      .filter(({ parent }) => parent === sent[0]!.spanId)
      .sort((one, other) => attemptOf(one) - attemptOf(other));
    expect(mine.map(({ linked }) => linked)).toEqual(mine.map(() => [sent[0]!.spanId]));
    const numbers = mine.map(attemptOf);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    const inner = spans.filter(
      ({ name, parent }) => name === 'inner' && mine.some((one) => one.spanId === parent),
    );
    expect(inner).toHaveLength(mine.length);
    if (!ok) continue;
    const last = mine.at(-1)!;
    expect(body).toMatchObject({ before: last.spanId, after: last.spanId, baggage: 'blue' });
  }
  return { producers, consumers };
}

describe('spans', () => {
  test.each(['run', 'map', 'imap', 'inline'])(
    'of %s are one trace, and the active span in process is that of the attempt',
    async (how) => {
      const all = await told(how);
      const { producers, consumers } = prove(all);
      expect(producers).toHaveLength(all.responses.length);
      expect(consumers).toHaveLength(how === 'map' ? 4 : all.responses.length);
      for (const { body } of all.responses) expect(body.label).toBe('mine');
      if (how === 'map') expect(all.responses[1]!.body.bytes).toBe(3_000_000);
      const isElsewhere = consumers.every(({ pid }) => pid !== producers[0]!.pid);
      expect(isElsewhere).toBe(how !== 'inline');
      expect(producers[0]).toMatchObject({
        name: 'send Traced',
        attributes: {
          'messaging.system': 'mproc-worker',
          'messaging.operation.name': 'send',
          'messaging.operation.type': 'send',
          'messaging.destination.name': 'Traced',
        },
      });
      expect(consumers[0]).toMatchObject({
        name: 'process Traced',
        attributes: { 'messaging.operation.type': 'process', 'messaging.destination.name': 'Traced' },
      });
    },
  );

  test('of a job that fails tell with what', async () => {
    const all = await told('fails');
    const { producers, consumers } = prove(all);
    expect(consumers).toHaveLength(3);
    for (const span of [...producers, ...consumers])
      expect(span).toMatchObject({
        status: { code: 2, message: 'fails with 0' },
        exceptions: ['fails with 0'],
        attributes: { 'error.type': 'E_FAR' },
      });
  });

  test('leave the span of the caller active in listeners and after the call', async () => {
    const all = await told('listeners');
    expect(all.inListeners).toEqual([all.own.spanId, all.own.spanId]);
    expect(all.afterwards).toBe(all.own.spanId);
  });
});

describe('metrics', () => {
  test('count jobs and attempts, and tell durations in seconds', async () => {
    const { figures, responses } = await told('map');
    const byName = Object.fromEntries(figures.map((figure) => [figure.name, figure]));
    expect(Object.keys(byName).sort()).toEqual([
      'messaging.client.consumed.messages',
      'messaging.client.operation.duration',
      'messaging.client.sent.messages',
      'messaging.process.duration',
    ]);
    const sent = { 'messaging.operation.name': 'send', 'messaging.destination.name': 'Traced' };
    expect(byName['messaging.client.sent.messages']).toMatchObject({
      unit: '{message}',
      points: [{ count: 3, attributes: sent }],
    });
    expect(byName['messaging.client.operation.duration']).toMatchObject({
      unit: 's',
      points: [{ count: 3 }],
    });
    const { points } = byName['messaging.process.duration']!;
    const [good, bad] = points.toSorted((a, b) => b.count - a.count);
    expect(good).toMatchObject({ count: 3, attributes: { 'messaging.operation.name': 'process' } });
    expect(bad).toMatchObject({ count: 1, attributes: { 'error.type': 'E_FAR' } });
    const ranMs = responses.flatMap(({ runMs }) => runMs).reduce((sum, runMs) => sum + runMs, 0);
    expect(good!.sum! + bad!.sum!).toBeCloseTo(ranMs / 1_000, 6);
  });
});

describe('over a queue', () => {
  const SERVERS = {
    postgres: 'postgres',
    redis: 'redis',
    nats: 'nats',
    rabbitmq: 'rabbitmq',
    bullmq: 'redis',
  } as const;
  test.each(['sqlite', 'postgres', 'redis', 'nats', 'rabbitmq', 'bullmq'] as const)(
    'of %s the context goes with the job to the process that runs it',
    async (engine) => {
      const server = engine === 'sqlite' ? undefined : await startServer(SERVERS[engine]);
      if (server?.missing !== undefined) return console.log(`skipped: ${server.missing}`);
      try {
        const { module } = await adapterOf(engine);
        const all = await told('queue', module, `otel-${engine}-${process.pid}`);
        const { producers, consumers } = prove(all);
        expect([producers.length, consumers.length]).toEqual([3, 4]);
        expect(producers[0]!.attributes['messaging.destination.name']).toMatch(/jobs\.Traced$/);
      } finally {
        await server?.remove();
      }
    },
  );
});
