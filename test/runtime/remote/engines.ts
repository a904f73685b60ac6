import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type QueueFactory, sharedMemoryQueue } from 'mproc-worker';
import { startServer } from 'mproc-worker/testing';
import { adapterOf } from '../../queues/adapter.js';

/** Every engine that there is a template of. */
export const ENGINES = [
  'shared-memory',
  'sqlite',
  'redis',
  'postgres',
  'nats',
  'rabbitmq',
  'bullmq',
] as const;

/** Engines that have much in common. */
const KINDS: readonly (readonly (typeof ENGINES)[number][])[] = [
  ['shared-memory'],
  ['sqlite', 'postgres'],
  ['redis', 'bullmq'],
  ['rabbitmq', 'nats'],
];

/**
 * A test that starts several programs runs over one engine of each kind, the next test over the next one; over all of them
 * with `MPROC_ENGINES=all`. What an engine does by itself is held to the contract by test/queues, over each in every run.
 * @param test its number among those of its file
 * @returns why it is left out
 */
export function leftOut(engine: (typeof ENGINES)[number], test: number): string | undefined {
  const kind = KINDS.find((engines) => engines.includes(engine)) ?? [engine];
  const chosen = kind[test % kind.length];
  if (process.env.MPROC_ENGINES === 'all' || engine === chosen) return undefined;
  return `runs over ${chosen}, and over ${engine} with MPROC_ENGINES=all`;
}

const SERVERS = {
  redis: ['redis', 'REDIS_URL'],
  bullmq: ['redis', 'REDIS_URL'],
  postgres: ['postgres', 'DATABASE_URL'],
  nats: ['nats', 'NATS_URL'],
  rabbitmq: ['rabbitmq', 'RABBITMQ_URL'],
} as const;

/** An engine that runs, for this process and for programs that it starts. */
export interface RunningEngine {
  /** Why it is not there; `undefined` where it is. */
  readonly missing: string | undefined;
  /** The module of its queues; empty for shared memory. */
  readonly module: string;
  /** For programs. */
  readonly env: NodeJS.ProcessEnv;
  /** The URL of its server, or its folder; empty for shared memory. */
  readonly where: string;
  queuesOf(space: string): QueueFactory;
  remove(): Promise<void>;
}

/** A server of its own where it needs one, for a file of tests. */
export async function startEngine(engine: (typeof ENGINES)[number]): Promise<RunningEngine> {
  if (engine === 'shared-memory') return running('', sharedMemoryQueue(), {}, async () => {});
  if (engine === 'sqlite') {
    const { createQueue, module } = await adapterOf(engine);
    const folder = mkdtempSync(join(tmpdir(), 'mproc-sqlite-'));
    return running(module, createQueue, { QUEUES_FOLDER: folder }, async () =>
      rmSync(folder, { recursive: true }),
    );
  }
  const [kind, variable] = SERVERS[engine];
  const server = await startServer(kind);
  if (server.missing !== undefined)
    return { ...running('', sharedMemoryQueue(), {}, async () => {}), missing: server.missing };
  const { createQueue, module } = await adapterOf(engine);
  return running(module, createQueue, { [variable]: server.url }, () => server.remove());
}

function running(
  module: string,
  factory: QueueFactory,
  settings: Record<string, string>,
  remove: () => Promise<void>,
): RunningEngine {
  Object.assign(process.env, settings);
  const queuesOf =
    (space: string): QueueFactory =>
    (name, options) =>
      factory(`${space}.${name}`, options);
  const [where = ''] = Object.values(settings);
  return { missing: undefined, module, env: { ...process.env, ...settings }, where, queuesOf, remove };
}
