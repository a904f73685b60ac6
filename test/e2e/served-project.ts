import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { startServer } from 'mproc-worker/testing';
import { until } from '../runtime/pool/prove-pool.js';
import { cleanEnvironment } from './command.js';
import type { GeneratedProject } from './generated-project.js';

const SERVERS = {
  bullmq: ['redis', 'REDIS_URL'],
  nats: ['nats', 'NATS_URL'],
  postgres: ['postgres', 'DATABASE_URL'],
  rabbitmq: ['rabbitmq', 'RABBITMQ_URL'],
  redis: ['redis', 'REDIS_URL'],
} as const;

/** What a project's queue needs to be there. */
export interface EngineAtHand {
  /** Why it is not there. */
  readonly missing: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  remove(): Promise<void>;
}

/** A server of its own, where the engine needs one. */
export async function engineAtHand(engine: string): Promise<EngineAtHand> {
  if (!(engine in SERVERS)) return { missing: undefined, env: {}, remove: async () => {} };
  const [kind, variable] = SERVERS[engine as keyof typeof SERVERS];
  const server = await startServer(kind);
  return { missing: server.missing, env: { [variable]: server.url }, remove: () => server.remove() };
}

/** `npm run host`, as in a terminal of its own. */
export class NpmHost {
  readonly #program: ChildProcess;
  readonly #exited: Promise<unknown>;
  said = '';

  constructor(project: GeneratedProject, env: NodeJS.ProcessEnv) {
    this.#program = spawn('npm', ['run', 'host'], {
      cwd: project.folder,
      env: { ...cleanEnvironment(), ...env },
      // A group of its own, as a terminal makes one for a command.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#exited = once(this.#program, 'exit');
    for (const stream of [this.#program.stdout, this.#program.stderr])
      stream!.on('data', (chunk) => {
        this.said += chunk;
      });
  }

  get ran(): number {
    return this.said.split('\n').filter((line) => line.startsWith('ran job ')).length;
  }

  /** @throws where it does not begin to serve */
  async isServing(): Promise<void> {
    await until(() => {
      if (this.#program.exitCode !== null) throw new Error(`npm run host ended: ${this.said}`);
      return this.said.includes('serving ');
    });
  }

  /** What Ctrl-C does: the signal comes to npm and all below it. */
  async end(signal: NodeJS.Signals = 'SIGINT'): Promise<void> {
    if (this.#program.exitCode === null && this.#program.signalCode === null)
      process.kill(-this.#program.pid!, signal);
    await this.#exited;
  }
}

/** Takes the processes from the pool of `src/main.ts`, as the README of the project says: it only calls then. */
export function onlyCall(project: GeneratedProject): void {
  const file = project.path('src/main.ts');
  const text = readFileSync(file, 'utf8');
  const changed = text.replace(/new ProcessPool\(\{ (processes: \d+, )?/, 'new ProcessPool({ processes: 0, ');
  if (changed === text) throw new Error('src/main.ts has no pool with options');
  writeFileSync(file, changed);
}
