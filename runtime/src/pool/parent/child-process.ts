import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { takeKeepOrder } from '../../core/core-code.js';
import type { CoreCode } from '../../core/start.js';
import { failpoint } from '../../failpoints/failpoint.js';
import { libc, nativeFile, tracked } from '../../segment/libc.js';
import { bootArgument, CAN_REQUIRE_MODULES } from '../boot.js';
import type { ResolvedPoolOptions } from '../options.js';
import type { ChildBoot } from '../protocol.js';
import { Bell } from '../transport/bell.js';
import type { PoolSegment } from '../transport/pool-segment.js';
import { Lifeline } from './lifeline.js';
import { StderrTail } from './stderr-tail.js';

const CHILD_MAIN = fileURLToPath(new URL('./start.cjs', import.meta.url));

/**
 * What makes `mproc-worker` in a child what a worker needs of it, the rest loaded when it is used. It needs a Node.js that
 * can `require` ES modules, from 20.19 on; elsewhere a child loads all.
 */
const LIGHT = CAN_REQUIRE_MODULES ? ['--conditions=mproc-child'] : [];

export interface Death {
  readonly pid: number;
  readonly exitCode: number;
  readonly signal: NodeJS.Signals | undefined;
  readonly stderr: string;
}

/** Was it ended from outside, as far as one can tell? */
export function isKill(death: Death): boolean {
  return death.signal === 'SIGKILL' || death.signal === 'SIGTERM';
}

export interface ChildEvents {
  onRing(): void;
  /** It is dead; its last words, for which `onDeath` waits, may still come. */
  onExit(child: ForkedProcess): void;
  onDeath(child: ForkedProcess, death: Death): void;
}

/** One child process, from its fork to its death. */
export class ForkedProcess {
  readonly #process: ChildProcess;
  readonly #bell: Bell;
  readonly #lifeline: Lifeline | undefined;
  readonly #stderr: StderrTail | undefined;
  #alive = true;
  /** Killed by us, so that what it ran is nobody's fault. */
  killedOnPurpose = false;
  /** What it has written that it should not; it was ended for that. */
  corruption: string | undefined;
  /** Killed by us, because it did not come to serve. */
  hasHung = false;
  endStartWatch = () => {};

  constructor(
    readonly index: number,
    segment: PoolSegment,
    code: CoreCode,
    options: ResolvedPoolOptions,
    events: ChildEvents,
  ) {
    const boot: ChildBoot = {
      nativeFile: nativeFile(),
      parentPid: process.pid,
      child: index,
      segmentBytes: segment.lengthBytes,
      codeBytes: code.bytes.length,
      codeEdition: code.edition,
      keepCodeAt: takeKeepOrder(),
      concurrency: options.concurrency,
      maxJobs: options.maxJobsPerProcess ?? Number.MAX_SAFE_INTEGER,
      maxMemoryBytes: options.maxMemoryBytes ?? 0,
      idleTimeoutMs: options.idleTimeoutMs ?? 0,
    };
    const lifeline = Lifeline.make();
    const [ours, theirs] = pairBeside(lifeline);
    this.#lifeline = lifeline;
    this.#process = spawn(process.execPath, [...options.execArgv, ...LIGHT, CHILD_MAIN, bootArgument(boot)], {
      stdio: ['ignore', 'inherit', 'pipe', segment.memory.fd, theirs, lifeline?.theirs ?? 'ignore'],
      env: options.env,
    });
    failpoint('parent.forked');
    if (this.#process.pid !== undefined) tracked()?.forked(this.#process.pid);
    lifeline?.tie(this.#process.pid);
    libc().close(theirs);
    this.#bell = new Bell(
      ours,
      () => {
        // It serves, and so is tied to this process by itself.
        lifeline?.closeIfLetGo();
        events.onRing();
      },
      () => {},
    );
    this.#bell.listen();
    this.#bell.unref();
    this.#process.unref();
    const stderr = this.#process.stderr as Socket | null;
    stderr?.unref();
    this.#stderr = stderr === null ? undefined : new StderrTail(stderr);
    this.#process.once('error', (error) => void this.#died(events, 1, undefined, String(error)));
    this.#process.once('exit', (code, signal) => void this.#died(events, code ?? 0, signal ?? undefined));
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  async #died(
    events: ChildEvents,
    exitCode: number,
    signal: NodeJS.Signals | undefined,
    reason?: string,
  ): Promise<void> {
    if (!this.#alive) return;
    this.#alive = false;
    tracked()?.reaped(this.pid);
    this.#bell.close();
    this.#lifeline?.close();
    events.onExit(this);
    await this.#stderr?.end();
    events.onDeath(this, {
      pid: this.pid,
      exitCode,
      signal,
      stderr: reason ?? this.#stderr?.toString() ?? '',
    });
  }

  /** `false` when it lives and will not hear it. */
  ring(): boolean {
    return !this.#alive || this.#bell.ring();
  }

  endCorrupt(problem: string): void {
    if (this.corruption !== undefined || !this.#alive) return;
    this.corruption = problem;
    this.kill('SIGKILL');
  }

  /** Ends it at no fault of what it may run. */
  killOnPurpose(): void {
    this.killedOnPurpose = true;
    this.kill('SIGKILL');
  }

  kill(signal: NodeJS.Signals): void {
    if (this.#alive) this.#process.kill(signal);
  }
}

/** Without descriptors for the one, the other goes back. */
function pairBeside(lifeline: Lifeline | undefined): [number, number] {
  try {
    return libc().socketPair();
  } catch (error) {
    lifeline?.tie(undefined);
    lifeline?.close();
    throw error;
  }
}
