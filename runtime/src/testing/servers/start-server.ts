import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerControl } from '../queue/options.js';
import { nats } from './nats.js';
import { postgres } from './postgres.js';
import { rabbitmq } from './rabbitmq.js';
import type { Recipe } from './recipe.js';
import { redis } from './redis.js';
import { ServerProcess } from './server-process.js';

const RECIPES = { nats, postgres, rabbitmq, redis } satisfies Record<string, Recipe>;

/** A server that `startServer` can start. */
export type ServerKind = keyof typeof RECIPES;

/** A server for tests. */
export interface TestServer extends ServerControl {
  /** Where it is; the variable of the environment that names it has the same. Empty where there is none. */
  readonly url: string;
  /** Why there is none: no program of it on this machine, and no variable that names one. */
  readonly missing: string | undefined;
  /** Whether it was started for this test, and may be stopped. */
  readonly isOwn: boolean;
  /** Ends it and removes its data; one that the environment names is left alone. */
  remove(): Promise<void>;
}

/**
 * The server that the environment names (`REDIS_URL`, `DATABASE_URL`, `NATS_URL`, `RABBITMQ_URL`), which is left running;
 * else a new one on a free port, with a folder of its own. The variable names it from then on.
 *
 * `describeQueue` removes the one that it is given; so does the end of this process.
 */
export async function startServer(kind: ServerKind): Promise<TestServer> {
  const recipe = RECIPES[kind];
  const url = process.env[recipe.variable];
  if (url !== undefined) return { ...NONE, url };
  if (recipe.isMissing())
    return {
      ...NONE,
      missing: `${recipe.programs} is not on this machine, and ${recipe.variable} names no server`,
    };
  return startOwn(kind, recipe);
}

const nothing = async (): Promise<void> => {};
const NONE: TestServer = {
  url: '',
  missing: undefined,
  isOwn: false,
  start: nothing,
  stop: nothing,
  remove: nothing,
};

async function startOwn(kind: ServerKind, recipe: Recipe): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), `queues-${kind}-`));
  const { url, commands } = await recipe.prepare(folder);
  const processes = commands.map((command) => new ServerProcess(command));
  for (const one of processes) await one.start();
  const server = processes.at(-1)!;
  process.env[recipe.variable] = url;
  return {
    url,
    missing: undefined,
    isOwn: true,
    start: () => server.start(),
    stop: () => server.stop(),
    remove: async () => {
      for (const one of [...processes].reverse()) await one.stop();
      if (process.env[recipe.variable] === url) delete process.env[recipe.variable];
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
