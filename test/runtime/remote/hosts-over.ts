import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PoolOptions, ProcessPool, type Queue } from 'mproc-worker';
import { afterAll, afterEach } from 'vitest';
import { type Engine, leftOut, type RunningEngine, startEngine } from './engines.js';
import { Gated } from './gated.worker.mjs';
import { type CallerProgram, type Host, type Noted, notedIn, startCaller, startHost } from './hosts.js';

type Options = Partial<PoolOptions>;

/** What tests of hosts over one engine have in common, made in their `describe`; each of them begins with `begin`. */
export class HostsOver {
  engine!: RunningEngine;
  /** What names of this test's queues begin with. */
  space = '';
  #file = '';
  #tests = 0;
  readonly #engineName: Engine;
  readonly #inTurn: boolean;
  readonly #name: string;
  readonly #folder: string;
  readonly #options: Options;
  readonly #hosts: Host[] = [];
  readonly #pools: ProcessPool[] = [];
  readonly #queues: Queue<unknown>[] = [];

  /**
   * @param name of the tests
   * @param options of all hosts and pools; `inTurn` has tests run over some of the engines, as `leftOut` says
   */
  constructor(
    engine: Engine,
    name: string,
    { inTurn = false, ...options }: Options & { inTurn?: boolean } = {},
  ) {
    this.#engineName = engine;
    this.#inTurn = inTurn;
    this.#name = name;
    this.#options = options;
    this.#folder = mkdtempSync(join(tmpdir(), `mproc-${name}-`));
    afterEach(async () => {
      for (const host of this.#hosts.splice(0)) await host.end('SIGKILL');
      for (const pool of this.#pools.splice(0)) await pool.destroy();
      for (const queue of this.#queues.splice(0)) await queue.destroy();
    });
    afterAll(async () => {
      // Nothing has begun where all tests are left out.
      await this.engine?.remove();
      rmSync(this.#folder, { recursive: true });
    });
  }

  /** @param able the engines that can do what is tested */
  readonly begin = async (
    context: { skip: (note: string) => void },
    able?: readonly string[],
  ): Promise<void> => {
    this.#tests += 1;
    const why = this.#inTurn ? leftOut(this.#engineName, this.#tests, able) : undefined;
    if (why !== undefined) context.skip(why);
    this.engine ??= await startEngine(this.#engineName);
    if (this.engine.missing !== undefined) context.skip(this.engine.missing);
    this.space = `${this.#name}-${process.pid}-${this.#tests}`;
    this.#file = join(this.#folder, String(this.#tests));
    this.queue('control');
  };

  readonly host = async (options: object = {}): Promise<Host> =>
    this.#kept(await startHost(this.engine, this.space, { ...this.#options, ...options }));

  readonly program = async (options: object, name?: CallerProgram): Promise<Host> =>
    this.#kept(await startCaller(this.engine, this.space, this.#file, options, name));

  #kept(host: Host): Host {
    this.#hosts.push(host);
    return host;
  }

  /** A pool of this process, without processes of its own. */
  readonly caller = (options: Options = {}): ProcessPool => {
    const queues = this.engine.queuesOf(this.space);
    const pool = new ProcessPool({ processes: 0, queues, ...this.#options, ...options });
    this.#pools.push(pool);
    return pool;
  };

  readonly queue = (kind = 'jobs.Gated'): Queue<unknown> => {
    const isSmall = kind === 'control';
    const made = this.engine.queuesOf(this.space)(kind, { leaseMs: 30_000, maxAttempts: 3, isSmall });
    this.#queues.push(made);
    return made;
  };

  readonly gated = (): Gated => Object.assign(new Gated(), { file: this.#file });
  /** A file for which a job waits. */
  readonly gate = (n: number | string = ''): string => `${this.#file}-gate${n}`;
  readonly open = (n: number | string = ''): void => writeFileSync(this.gate(n), '');
  readonly noted = (): Noted[] => notedIn(this.#file);
  readonly began = (): Noted[] => this.noted().filter(({ what }) => what === 'began');
}
