import { type ChildProcess, spawn } from 'node:child_process';
import type { CoreCode } from '../../../cache/code-cache.js';
import { setTimeout, withNextTick } from '../../../clock/timers.js';
import { failpoint } from '../../../failpoints/failpoint.js';
import { onAddress } from '../../../inspect/debugger/in-parent.js';
import { pidExists } from '../../../queues/shared-memory/process-identity.js';
import { hasExited } from '../../../segment/has-exited.js';
import { nativeFile, tracked } from '../../../segment/libc.js';
import { bootArgument, CAN_REQUIRE_MODULES } from '../../boot.js';
import { childFile, takeCacheOrder } from '../../core-code.js';
import type { ResolvedPoolOptions } from '../../options.js';
import type { ChildBoot } from '../../protocol.js';
import { Doorbell } from '../../transport/doorbell.js';
import type { PoolSegment } from '../../transport/pool-segment.js';
import {
  CapturedOutput,
  type ChildOutput,
  newOutputToken,
  PassThroughOutput,
} from '../output/child-output.js';
import { ChildDescriptors } from './child-descriptors.js';
import { heapLimitMib, saysHeapIsFull } from './full-heap.js';

/**
 * A debugger that a signal opens in a child listens on this machine alone, on a port that is free, and tells its address to
 * the child's stderr alone: who cannot read that cannot connect. Until then nothing is open.
 */
const DEBUGGER = ['--inspect-port=127.0.0.1:0', '--inspect-publish-uid=stderr'];

/** Has the user flags for a debugger of their own? It is to be found as they expect it. */
function hasOwnDebugger({ execArgv, env }: ResolvedPoolOptions): boolean {
  return [...execArgv, env.NODE_OPTIONS ?? ''].some((flags) => /(^|\s)--(inspect|debug-port)/.test(flags));
}

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
  /** How large its heap could be, in MiB, where it ended because that was full. */
  readonly fullHeapMib?: number | undefined;
  /** Why there never was a process. */
  readonly startFailure?: Error;
}

/** Did it crash, as by code that is not what V8 takes it for? */
export function isCrash(death: Death): boolean {
  return death.signal !== undefined && !isKill(death);
}

/** Was it ended from outside, as far as one can tell? */
export function isKill(death: Death): boolean {
  return death.signal === 'SIGKILL' || death.signal === 'SIGTERM';
}

export interface ChildEvents {
  onRing(): void;
  /** An answer to what was sent to it. */
  onMessage(child: ForkedProcess, message: Buffer): void;
  /** It has written what cannot be. */
  onCorrupt(child: ForkedProcess, problem: string): void;
  /** It is dead; its last words, for which `onDeath` waits, may still come. */
  onExit(child: ForkedProcess): void;
  onDeath(child: ForkedProcess, death: Death): void;
}

/** How often it is asked whether a process lives that has closed its doorbell, and how long after the last time, in milliseconds. */
const LOOKS_FOR_END = 10;
const LOOK_FOR_END_MS = 1_000;

/** How long a child has to write what it has covered, in milliseconds. */
const COVERAGE_MS = 5_000;

/** One child process, from its fork to its death. One that the system refuses to make dies at once, or is an exception. */
export class ForkedProcess {
  readonly #process: ChildProcess;
  readonly #descriptors: ChildDescriptors;
  #doorbell: Doorbell | undefined;
  /** `undefined` when the process was never heard. */
  output: ChildOutput | undefined;
  readonly #outputToken: string | undefined;
  #alive = true;
  /** Killed by us, so that what it ran is nobody's fault. */
  killedOnPurpose = false;
  /** What it has written that it should not; it was ended for that. */
  corruption: string | undefined;
  /** Killed by us, because it did not come to serve. */
  hasHung = false;
  /** Others have failed to start, and it has less time for that. */
  isHurried = false;
  endStartWatch = () => {};
  /** Does SIGUSR1 open a debugger that only this package hears of? */
  readonly isInspectable: boolean;
  /** Who waits for the address of its debugger. */
  onDebugger: ((address: string) => void) | undefined;
  readonly #heapLimit: () => number;
  readonly #isCovered: boolean;
  #isLetGo = false;

  constructor(
    readonly index: number,
    segment: PoolSegment,
    readonly code: CoreCode,
    options: ResolvedPoolOptions,
    events: ChildEvents,
  ) {
    this.#outputToken = options.output === 'response' ? newOutputToken() : undefined;
    const boot: ChildBoot = {
      nativeFile: nativeFile(),
      parentPid: process.pid,
      child: index,
      segmentBytes: segment.lengthBytes,
      codeBytes: code.bytes.length,
      codeEdition: code.edition,
      cacheCodeAt: takeCacheOrder(),
      typescript: options.typescript,
      concurrency: options.concurrency,
      maxJobs: options.maxJobsPerProcess ?? Number.MAX_SAFE_INTEGER,
      maxMemoryBytes: options.maxMemoryBytes ?? 0,
      idleTimeoutMs: options.idleTimeoutMs ?? 0,
      setupTimeoutMs: options.setupTimeoutMs,
      teardownTimeoutMs: options.teardownTimeoutMs,
      instances: options.instances,
      outputToken: this.#outputToken,
    };
    this.#heapLimit = () => heapLimitMib(options);
    this.#isCovered = Boolean(options.env.NODE_V8_COVERAGE);
    const descriptors = new ChildDescriptors(this.#outputToken !== undefined);
    this.#descriptors = descriptors;
    this.isInspectable = !hasOwnDebugger(options);
    const debuggerFlags = this.isInspectable ? DEBUGGER : [];
    const args = [...debuggerFlags, ...options.execArgv, ...LIGHT, childFile(), bootArgument(boot)];
    try {
      this.#process = withNextTick(() =>
        spawn(process.execPath, args, { stdio: descriptors.stdio(segment.memory.fd), env: options.env }),
      );
    } catch (error) {
      descriptors.discard();
      throw error;
    }
    if (this.#process.pid !== undefined) tracked()?.forked(this.#process.pid);
    this.#process.once('error', (error) => this.#died(events, 1, undefined, error));
    this.#process.once('exit', (code, signal) => this.#died(events, code ?? 0, signal ?? undefined));
    failpoint('parent.forked');
    descriptors.give(this.#process.pid);
    this.#process.unref();
    // What the system said when it has refused the process comes with the `error`.
    if (this.#process.pid === undefined) descriptors.discard();
    else this.#connect(events);
  }

  /** @throws when the system refuses it; the child is ended then */
  #connect(events: ChildEvents): void {
    try {
      this.#doorbell = this.#hear(events);
      this.output = this.#readOutput();
    } catch (error) {
      this.#endUnheard();
      throw error;
    }
  }

  #readOutput(): ChildOutput {
    const { stdout, stderr } = this.#descriptors;
    const taken = (fd: number) => this.#descriptors.taken(fd);
    const onDebugger = (address: string) => this.#heardDebugger(address);
    if (stdout === undefined || this.#outputToken === undefined)
      return new PassThroughOutput(stderr, taken, onDebugger);
    return new CapturedOutput(stdout, stderr, this.#outputToken, taken, onDebugger);
  }

  /** @returns whether it was opened for this package */
  #heardDebugger(address: string): boolean {
    const tell = this.onDebugger;
    this.onDebugger = undefined;
    if (tell === undefined) return isForUs(this.pid, address);
    tell(address);
    return true;
  }

  #endUnheard(): void {
    this.kill('SIGKILL');
    this.#alive = false;
    this.#doorbell?.close();
    this.#descriptors.discard();
  }

  #hear(events: ChildEvents): Doorbell {
    const { doorbell: fd, parentDeathSocket } = this.#descriptors;
    const onRing = () => {
      // It serves, and so is tied to this process by itself.
      parentDeathSocket?.closeIfLetGo();
      events.onRing();
    };
    // A child that is not heard any more must not be waited for.
    const onClosed = (error?: Error) => {
      if (error !== undefined) this.kill('SIGKILL');
      // Whatever was said: one that ends with strokes unread resets the connection.
      this.#lookForEnd(events, LOOKS_FOR_END);
    };
    const onMessage = (message: Buffer) => events.onMessage(this, message);
    const onBroken = () => events.onCorrupt(this, 'into its doorbell what is no message');
    const doorbell = new Doorbell(fd, onRing, onClosed, onMessage, onBroken);
    doorbell.listen();
    this.#descriptors.taken(fd);
    doorbell.unref();
    return doorbell;
  }

  /**
   * Its end of the doorbell is closed. Node.js tells of the end of a child only if nothing else in this process has waited for
   * it, as a native library may do for all children; then how it ended is not known.
   */
  #lookForEnd(events: ChildEvents, looks: number): void {
    const look = () => {
      if (!this.#alive) return;
      if (!pidExists(this.pid)) this.#died(events, 1, undefined);
      else if (looks > 1) this.#lookForEnd(events, looks - 1);
    };
    setTimeout(look, LOOK_FOR_END_MS).unref();
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  #died(
    events: ChildEvents,
    exitCode: number,
    signal: NodeJS.Signals | undefined,
    startFailure?: Error,
  ): void {
    if (this.#process.pid !== undefined) tracked()?.reaped(this.#process.pid);
    if (!this.#alive) return;
    this.#alive = false;
    this.#doorbell?.readRest();
    this.#doorbell?.close();
    this.#descriptors.parentDeathSocket?.close();
    const wasKilled = this.#isLetGo && exitCode === 0;
    events.onExit(this);
    this.output?.end();
    const stderr = this.output?.tail ?? '';
    events.onDeath(this, {
      pid: this.pid,
      exitCode,
      signal: wasKilled ? 'SIGKILL' : signal,
      stderr,
      fullHeapMib: saysHeapIsFull(stderr) ? this.#heapLimit() : undefined,
      ...(startFailure !== undefined && { startFailure }),
    });
  }

  /** Sends a message, which it has as soon as it hears. */
  send(frame: Buffer): void {
    if (this.#alive) this.#doorbell?.send(frame);
  }

  /** `false` when it lives and will not hear it. */
  ring(): boolean {
    return !this.#alive || this.#doorbell?.ring() !== false;
  }

  endCorrupt(problem: string): void {
    if (this.corruption !== undefined || !this.#alive) return;
    this.corruption = problem;
    this.kill('SIGKILL');
  }

  /** Ends it at no fault of what it may run. */
  killOnPurpose(): void {
    // One that has ended by itself did so because of what it ran.
    if (hasExited(this.pid)) return;
    this.killedOnPurpose = true;
    this.end();
  }

  /**
   * Ends it now. Where its coverage is wanted it is let go of first, and writes that as it exits: its doorbell is closed. It is
   * killed all the same when it does not hear that.
   */
  end(): void {
    if (!this.#isCovered || this.#doorbell === undefined) return this.kill('SIGKILL');
    if (this.#isLetGo || !this.#alive) return;
    this.#isLetGo = true;
    this.#doorbell.close();
    setTimeout(() => this.kill('SIGKILL'), COVERAGE_MS).unref();
  }

  kill(signal: NodeJS.Signals): void {
    if (this.#alive) this.#process.kill(signal);
  }
}

/** Where the code that finds it out cannot be loaded now, the line is shown like any other. */
function isForUs(pid: number, address: string): boolean {
  try {
    return onAddress(pid, address);
  } catch {
    return false;
  }
}
