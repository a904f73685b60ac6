import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildProgram } from '../../../../scripts/built-program.js';
import type { Random } from '../random.js';
import type { Report } from '../report.js';
import { nowUs } from './log.js';
import type { QueueSettings } from './settings.js';

const PROGRAM = await buildProgram(new URL('actor-program.ts', import.meta.url));

/** An actor in a process of its own. */
export class ActorProcess {
  readonly ended: Promise<void>;
  #diedUs: number | undefined;
  #stderr = '';
  readonly #child: ChildProcess;

  constructor(
    readonly number: number,
    settings: QueueSettings,
    seed: number,
    readonly file: string,
    readonly report: Report,
  ) {
    const words = [PROGRAM, JSON.stringify(settings), String(number), String(seed), file];
    this.#child = spawn(process.execPath, words, { stdio: ['ignore', 'inherit', 'pipe'] });
    this.#child.stderr!.on('data', (chunk) => {
      this.#stderr += chunk;
    });
    this.ended = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => {
        const wasKilled = this.#diedUs !== undefined;
        if (code !== 0 && !wasKilled)
          report.problem(`actor ${number} ended with ${signal ?? code}: ${this.#stderr.slice(-1_500)}`);
        resolve();
      });
    });
  }

  /** When it was killed, in microseconds. */
  get diedUs(): number | undefined {
    return this.#diedUs;
  }

  get lives(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  kill(): void {
    if (!this.lives) return;
    // It holds what it has until then at least.
    this.#diedUs ??= nowUs();
    this.#child.kill('SIGKILL');
    this.report.count('kills');
    this.report.did(`SIGKILL to actor ${this.number}`);
  }

  async stop(random: Random): Promise<void> {
    if (!this.lives) return;
    this.#child.kill('SIGSTOP');
    this.report.count('stops');
    this.report.did(`actor ${this.number} is stopped`);
    await sleep(random.between(1, 300));
    this.#child.kill('SIGCONT');
  }
}
