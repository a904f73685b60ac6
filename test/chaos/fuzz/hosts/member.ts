import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../random.js';
import type { Report } from '../report.js';
import type { Part } from './member-program.js';

/** A host or a caller, in a process of its own. */
export class Member {
  readonly #child: ChildProcess;
  readonly ended: Promise<void>;
  #stdout = '';
  #stderr = '';
  #wasKilled = false;
  wasDrained = false;

  constructor(
    program: string,
    readonly name: string,
    part: Part,
    folder: string,
    readonly report: Report,
  ) {
    // Longer than an argument can be.
    const file = join(folder, name);
    writeFileSync(file, JSON.stringify(part));
    this.#child = spawn(process.execPath, [program, file], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout!.on('data', (chunk) => {
      this.#stdout += chunk;
    });
    this.#child.stderr!.on('data', (chunk) => {
      this.#stderr = `${this.#stderr}${chunk}`.slice(-5_000);
    });
    this.ended = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => {
        if (code !== 0 && !this.#wasKilled)
          report.problem(`${name} ended with ${signal ?? code}: ${this.#stderr.slice(-1_500)}`);
        resolve();
      });
    });
  }

  get lives(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Is it there, and begins nothing new only where it was told so? */
  get isServing(): boolean {
    return this.lives && !this.wasDrained && this.#stdout.includes('serving');
  }

  /** What a caller has told; `undefined` when it was killed before. */
  get answers(): unknown[] | undefined {
    const line = this.#stdout.split('\n').find((text) => text.startsWith('['));
    return line === undefined || this.#wasKilled ? undefined : JSON.parse(line);
  }

  kill(): void {
    if (!this.lives) return;
    this.#wasKilled = true;
    this.#signal('SIGKILL');
  }

  /** Takes nothing more, and finishes what it has. */
  drain(): void {
    this.wasDrained = true;
    this.#signal('SIGTERM');
  }

  async stop(random: Random, longestMs = 1_500): Promise<void> {
    this.#signal('SIGSTOP');
    await sleep(random.between(50, longestMs));
    this.#child.kill('SIGCONT');
  }

  #signal(name: NodeJS.Signals): void {
    if (!this.lives) return;
    this.#child.kill(name);
    this.report.count(name);
    this.report.did(`${name} to ${this.name}`);
  }
}
