import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { ProcessMessage, ProcessRole, ProcessTask } from '../process/protocol.js';
import type { ResolvedKitOptions } from './options.js';

export type { ProcessRole };

const START_TIMEOUT_MS = 120_000;

/** A process of the kit that has the queue open. */
export class KitProcess {
  readonly #child: ChildProcess;
  readonly #messages: ProcessMessage[] = [];
  #stderr = '';

  constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (message) => this.#messages.push(message as ProcessMessage));
    child.stderr?.on('data', (text) => {
      this.#stderr += text;
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isGone(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** The first message of the kind, now or when it comes. */
  async message<K extends ProcessMessage['kind']>(kind: K): Promise<Extract<ProcessMessage, { kind: K }>> {
    const giveUpAt = Date.now() + START_TIMEOUT_MS;
    for (;;) {
      const found = this.#messages.find((message) => message.kind === kind);
      if (found) return found as Extract<ProcessMessage, { kind: K }>;
      if (this.isGone || Date.now() > giveUpAt)
        throw new Error(`process ${this.pid} of the kit sent no \`${kind}\`; its stderr: ${this.#stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Tells it to finish what it does, close its queue and leave. */
  async stop(): Promise<void> {
    if (!this.isGone) this.#child.send({ kind: 'stop' });
    await this.ended();
    if (this.#child.exitCode !== 0)
      throw new Error(`process ${this.pid} of the kit failed (${this.#child.exitCode}): ${this.#stderr}`);
  }

  async ended(): Promise<void> {
    if (!this.isGone) await once(this.#child, 'exit');
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended();
  }
}

/** The kit's own script: beside this file in the sources, and beside the bundle where it is installed. */
function entry(): string {
  const here = import.meta.url;
  return createRequire(here).resolve(here.endsWith('.ts') ? '../process/main.ts' : './testing-process.js');
}

function tsxLoader(): string {
  const fromProject = createRequire(`${process.cwd()}/package.json`);
  return pathToFileURL(fromProject.resolve('tsx')).href;
}

export async function startProcess(
  options: ResolvedKitOptions,
  task: Omit<ProcessTask, 'module' | 'export'>,
): Promise<KitProcess> {
  if (options.module === undefined)
    throw new TypeError(
      'describeQueue: the queue says `supports.shared` or `supports.durable`, so the option `module` must be the import.meta.url of a file that exports its factory; received undefined',
    );
  const file = entry();
  const needsTsx = [file, options.module].some((url) => /\.[cm]?tsx?$/.test(url));
  const child = fork(file, [], {
    execArgv: needsTsx ? ['--import', tsxLoader()] : [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const started = new KitProcess(child);
  child.send({ ...task, module: options.module, export: options.export } satisfies ProcessTask);
  await started.message('ready');
  return started;
}
