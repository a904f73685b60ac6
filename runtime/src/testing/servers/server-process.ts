import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

const START_TIMEOUT_MS = 180_000;
const STOP_TIMEOUT_MS = 20_000;

export interface ServerCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly options?: SpawnOptions;
  /** It has started when this does not reject. */
  readonly isReady: () => Promise<unknown>;
  /** How it is asked to end. @default 'SIGTERM' */
  readonly stopSignal?: NodeJS.Signals;
}

/** A program that a test starts, stops and starts again; it ends with the test's process at the latest. */
export class ServerProcess {
  readonly #command: ServerCommand;
  #child: ChildProcess | undefined;
  #output = '';

  constructor(command: ServerCommand) {
    this.#command = command;
  }

  async start(): Promise<void> {
    const { program, args, options } = this.#command;
    // A group of its own, so that what it starts ends with it.
    const child = spawn(program, args, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (text) => {
        this.#output = (this.#output + text).slice(-4_000);
      });
    child.on('error', (error) => {
      this.#output += error.message;
    });
    this.#child = child;
    process.on('exit', this.#killGroup);
    await this.#untilReady(child);
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    if (!hasEnded(child)) {
      const ended = once(child, 'exit');
      child.kill(this.#command.stopSignal ?? 'SIGTERM');
      await Promise.race([ended, sleep(STOP_TIMEOUT_MS, undefined, { ref: false })]);
      this.#killGroup();
      await ended;
    }
    this.#killGroup();
    process.off('exit', this.#killGroup);
    this.#child = undefined;
  }

  async #untilReady(child: ChildProcess): Promise<void> {
    const giveUpAt = Date.now() + START_TIMEOUT_MS;
    for (;;) {
      try {
        await this.#command.isReady();
        return;
      } catch (error) {
        if (hasEnded(child) || child.pid === undefined || Date.now() > giveUpAt) {
          this.#killGroup();
          throw new Error(`${this.#command.program} does not start; it says: ${this.#output}`, {
            cause: error,
          });
        }
      }
      await sleep(50);
    }
  }

  readonly #killGroup = (): void => {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // The whole group has ended.
    }
  };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
