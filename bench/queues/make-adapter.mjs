// An adapter as a user of the generator gets it, and the server that its test starts.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';
import { startServer } from 'mproc-worker/testing';

const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));

const SERVERS = {
  postgres: { kind: 'postgres', variable: 'DATABASE_URL' },
  redis: { kind: 'redis', variable: 'REDIS_URL' },
  bullmq: { kind: 'redis', variable: 'REDIS_URL' },
  nats: { kind: 'nats', variable: 'NATS_URL' },
  rabbitmq: { kind: 'rabbitmq', variable: 'RABBITMQ_URL' },
};

export async function makeAdapter(engine) {
  const parent = mkdtempSync(join(tmpdir(), 'bench-queue-'));
  const project = join(parent, 'project');
  generate('project', '--template', 'sums', '--no-git', '--no-install', '--cwd', parent);
  generate('add', 'queue', 'Bench', '--engine', engine, '--no-install', '--cwd', project);
  symlinkSync(join(CHECKOUT, 'node_modules'), join(project, 'node_modules'));
  const built = compile(project);
  const module = built('bench.queue.js');
  const { benchQueue } = await import(module);
  return {
    folder: parent,
    module,
    createQueue: benchQueue,
    remove: () => rmSync(parent, { recursive: true, force: true }),
    ...(engine in SERVERS ? serverOf(engine) : folderOf(parent)),
  };
}

/** A server of its own, whatever the environment names. */
function serverOf(engine) {
  const { kind, variable } = SERVERS[engine];
  delete process.env[variable];
  const start = async () => {
    const server = await startServer(kind);
    if (server.missing) throw new Error(server.missing);
    return server;
  };
  return { variable, startServer: start };
}

/** Engines without a server keep files, or nothing that outlives the benchmark. */
function folderOf(parent) {
  return {
    variable: 'QUEUES_FOLDER',
    isMissing: false,
    startServer: () => ({ url: join(parent, 'queues'), remove: () => {} }),
  };
}

function generate(...args) {
  const program = join(CHECKOUT, 'bin/create-mproc-worker.js');
  execFileSync(process.execPath, [program, ...args, '--yes'], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** As JavaScript, which needs no loader in the measured process. */
function compile(project) {
  const queues = join(project, 'src/queues');
  const sources = readdirSync(queues, { recursive: true }).filter((path) => path.endsWith('.ts'));
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
