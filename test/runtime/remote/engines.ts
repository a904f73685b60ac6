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

export type Engine = (typeof ENGINES)[number];

/** Those of a server or a file, each of another kind than the one before: tables, structures of Redis, brokers. */
const IN_TURN: readonly Engine[] = ['sqlite', 'redis', 'nats', 'postgres', 'bullmq', 'rabbitmq'];

/**
 * A test that starts several programs runs over shared memory and over one further engine, the next test over one of the
 * next kind; over all of them with `MPROC_ENGINES=all`. What an engine does by itself is held to the contract by
 * test/queues, over each in every run.
 * @param test its number among those of its file
 * @param able the engines that can do what is tested
 * @returns why it is left out
 */
export function leftOut(engine: Engine, test: number, able: readonly string[] = ENGINES): string | undefined {
  const inTurn = IN_TURN.filter((one) => able.includes(one));
  const chosen = inTurn[test % inTurn.length];
  if (process.env.MPROC_ENGINES === 'all' || engine === 'shared-memory' || engine === chosen)
    return undefined;
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
