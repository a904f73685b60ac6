import { setTimeout as sleep } from 'node:timers/promises';
import type { Project } from '../project.js';

interface Told {
  readonly rule: string;
  readonly severity: string;
}

const WATCHDOG_MS = 60_000;

/** `check --watch` of a project, in this process. */
export class Watcher {
  readonly #stop = new AbortController();
  #ended: Promise<unknown> = Promise.resolve();
  #findings: readonly Told[] = [];
  #stderr = '';
  #wake = () => {};

  static async start(project: Project): Promise<Watcher> {
    const watcher = new Watcher();
    watcher.#ended = project.check(
      { watch: true },
      {
        signal: watcher.#stop.signal,
        stdout: (text) => {
          watcher.#findings = JSON.parse(text).findings;
          watcher.#wake();
        },
        stderr: (text) => {
          watcher.#stderr += text;
          watcher.#wake();
        },
      },
    );
    await watcher.told(/watching/);
    return watcher;
  }

  /** The first findings that are as wanted, or the last ones when they never are. */
  async until(isWanted: (findings: readonly Told[]) => boolean): Promise<readonly Told[]> {
    await this.#until(() => isWanted(this.#findings));
    return this.#findings;
  }

  async told(pattern: RegExp): Promise<void> {
    if (!(await this.#until(() => pattern.test(this.#stderr))))
      throw new Error(`never told of ${pattern}: ${this.#stderr}`);
    this.#stderr = '';
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }

  async #until(isThere: () => boolean): Promise<boolean> {
    const end = performance.now() + WATCHDOG_MS;
    while (!isThere()) {
      if (performance.now() > end) return false;
      const woken = new Promise<void>((done) => {
        this.#wake = done;
      });
      await Promise.race([woken, sleep(1000)]);
    }
    return true;
  }
}
