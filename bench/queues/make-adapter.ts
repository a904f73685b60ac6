// An adapter as a user of the generator gets it, and the server that its test starts.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';
import type { QueueFactory } from 'mproc-worker';
import { type ServerKind, startServer } from 'mproc-worker/testing';

const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));

/** This machine does not have it. */
export class MissingServer extends Error {}

/** A server, or a folder that stands for one. */
export interface Store {
  readonly url: string;
  /** A server can be started again, with what it had. */
  readonly start?: () => unknown;
  readonly stop?: () => unknown;
  remove(): unknown;
}

interface Stored {
  /** Of the environment: the adapter finds there where its server or folder is. */
  readonly variable: string;
  /** @throws MissingServer */
  startServer(): Store | Promise<Store>;
}

export interface Adapter extends Stored {
  /** Where all of it lies. */
  readonly folder: string;
  /** The URL of its module, which exports `benchQueue`. */
  readonly module: string;
  readonly createQueue: QueueFactory;
  remove(): void;
}

const SERVERS: Readonly<Record<string, { readonly kind: ServerKind; readonly variable: string }>> = {
  postgres: { kind: 'postgres', variable: 'DATABASE_URL' },
  redis: { kind: 'redis', variable: 'REDIS_URL' },
  bullmq: { kind: 'redis', variable: 'REDIS_URL' },
  nats: { kind: 'nats', variable: 'NATS_URL' },
  rabbitmq: { kind: 'rabbitmq', variable: 'RABBITMQ_URL' },
};

export async function makeAdapter(engine: string): Promise<Adapter> {
  const parent = mkdtempSync(join(tmpdir(), 'bench-queue-'));
  const project = join(parent, 'project');
  generate('project', '--template', 'sums', '--no-git', '--no-install', '--cwd', parent);
  generate('add', 'queue', 'Bench', '--engine', engine, '--no-install', '--cwd', project);
  symlinkSync(join(CHECKOUT, 'node_modules'), join(project, 'node_modules'));
  const built = compile(project);
  const module = built('bench.queue.js');
  const { benchQueue } = (await import(module)) as { readonly benchQueue: QueueFactory };
  return {
    folder: parent,
    module,
    createQueue: benchQueue,
    remove: () => rmSync(parent, { recursive: true, force: true }),
    ...storedBy(engine, parent),
  };
}

function storedBy(engine: string, parent: string): Stored {
  const server = SERVERS[engine];
  return server === undefined ? folderOf(parent) : serverOf(server.kind, server.variable);
}

/** A server of its own, whatever the environment names. */
function serverOf(kind: ServerKind, variable: string): Stored {
  delete process.env[variable];
  const start = async (): Promise<Store> => {
    const server = await startServer(kind);
    if (server.missing) throw new MissingServer(server.missing);
    return server;
  };
  return { variable, startServer: start };
}

/** Engines without a server keep files, or nothing that outlives the benchmark. */
function folderOf(parent: string): Stored {
  return {
    variable: 'QUEUES_FOLDER',
    startServer: () => ({ url: join(parent, 'queues'), remove: () => {} }),
  };
}

function generate(...args: string[]): void {
  const program = join(CHECKOUT, 'bin/create-mproc-worker.js');
  execFileSync(process.execPath, [program, ...args, '--yes'], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** As JavaScript, which needs no loader in the measured process. */
function compile(project: string): (path: string) => string {
  const queues = join(project, 'src/queues');
  const sources = readdirSync(queues, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  );
  const outdir = join(project, 'built');
  const entryPoints = sources.map((path) => join(queues, path));
  buildSync({
    entryPoints,
    outdir,
    outbase: queues,
    // Modules of the project name each other as they are, in TypeScript.
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
  });
  return (path) => pathToFileURL(join(outdir, path)).href;
}
