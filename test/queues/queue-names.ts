// Which queues an engine has, asked of the engine itself: a queue that is only opened to look is made anew.
import { existsSync, readdirSync } from 'node:fs';

const SHARED_MEMORY = '/dev/shm';

type Names = string[] | undefined;

const LISTS: Readonly<Record<string, (where: string) => Names | Promise<Names>>> = {
  'shared-memory': () => namesAmong(readdirSync(SHARED_MEMORY), /^mproc-q-([^~]+)$/),
  sqlite: (folder) => (existsSync(folder) ? namesAmong(readdirSync(folder), /^(.+)\.sqlite$/) : []),
  redis: async (url) => namesAmong(await keysOf(url), /^mproc:\{(.+)\}:/),
  bullmq: async (url) => namesAmong(await keysOf(url), /^bull:([^:]+):/),
  // Parts of a queue have tables of their own.
  postgres: async (url) => namesAmong(await tablesOf(url), /^mproc_(.+?)(?:_(?:kept|starts|edges|held))?$/),
  nats: async (url) =>
    namesAmong(await streamsOf(url), /^mproc_(.+)$/).map((name) => name.replaceAll('=', '.')),
  // Without its management plugin nobody can list them.
  rabbitmq: () => undefined,
};

/**
 * @param where the URL of its server, or its folder
 * @returns their names; `undefined` where the engine does not tell
 */
export async function queueNames(engine: string, where: string): Promise<Names> {
  return LISTS[engine]!(where);
}

function namesAmong(texts: readonly string[], pattern: RegExp): string[] {
  return [...new Set(texts.flatMap((text) => pattern.exec(text)?.[1] ?? []))].sort();
}

async function keysOf(url: string): Promise<string[]> {
  const { Redis } = await import('ioredis');
  const redis = new Redis(url);
  const keys = await redis.keys('*');
  redis.disconnect();
  return keys;
}

async function tablesOf(url: string): Promise<string[]> {
  const { default: pg } = await import('pg');
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query<{ tablename: string }>(
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
  );
  await client.end();
  return rows.map(({ tablename }) => tablename);
}

async function streamsOf(url: string): Promise<string[]> {
  const [{ connect }, { jetstreamManager }] = await Promise.all([
    import('@nats-io/transport-node'),
    import('@nats-io/jetstream'),
  ]);
  const connection = await connect({ servers: url });
  const { streams } = await jetstreamManager(connection);
  const names: string[] = [];
  for await (const name of streams.names()) names.push(name);
  await connection.close();
  return names;
}
