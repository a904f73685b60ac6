import { fileURLToPath } from 'node:url';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { Ended } from './place.js';

const COMMANDS = fileURLToPath(new URL('./command-lines.mjs', import.meta.url));
/** It ends what hangs. */
const LONGEST_MS = 200_000;

export interface CommandLine {
  /** The command of the package that runs it. */
  readonly bin: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * Runs command lines of the built generator one after the other in one thread: a process for each would spend most of its
 * time on loading and compiling the same modules. What a process of its own does, tests of test/generator/cli see.
 */
export class CommandThread {
  readonly #thread: Worker;
  readonly #port: MessagePort;
  readonly #answered = new Int32Array(new SharedArrayBuffer(4));

  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#port.unref();
    this.#thread = new Worker(COMMANDS, {
      workerData: { port: port2, answered: this.#answered },
      transferList: [port2],
      stdin: false,
      execArgv: [],
    });
    this.#thread.unref();
  }

  /** Waits as `spawnSync` does, and says what that would. */
  run(line: CommandLine): Ended {
    Atomics.store(this.#answered, 0, 0);
    this.#port.postMessage(line);
    const waited = Atomics.wait(this.#answered, 0, 0, LONGEST_MS);
    const answer = receiveMessageOnPort(this.#port);
    if (!answer) throw new Error(`${line.args.join(' ')} in ${line.cwd} ended with no answer: ${waited}`);
    return answer.message as Ended;
  }

  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.#thread.once('exit', resolve));
    this.#thread.ref();
    this.#port.close();
    await ended;
  }
}
