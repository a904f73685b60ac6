// Jobs of a millisecond to seconds over three hosts, while hosts are killed and drained, callers abort and cancel, and the
// server restarts.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProcessPool, type Queue, type QueueFactory } from 'mproc-worker';
import { type Adapter, MissingServer, makeAdapter, type Store } from '../../../bench/queues/make-adapter.js';
import { buildProgram } from '../../../scripts/built-program.js';
import { queueNames } from '../../queues/queue-names.js';
import type { Measured } from '../figure.js';
import type { Random } from '../fuzz/random.js';
import { factsIn, fairness, judge, type Life, runsIn } from '../hosts/law.js';
import { Timed } from '../hosts/timed.worker.mjs';
import { seeded } from '../seeded.js';

export const goal =
  'jobs of 1 ms to 5 s over three hosts, which are killed and drained while callers abort and cancel and the server restarts: every job one response, none begun after its cancel is known, nothing left in the engine; at full size two minutes for each engine';
export const sizes = { smoke: { seconds: 6 }, reduced: { seconds: 25 }, full: { seconds: 120 } };

const ENGINES = ['shared-memory', 'sqlite', 'redis', 'postgres', 'nats', 'rabbitmq', 'bullmq'];
/** Queues that stay when all hosts and callers are gone. */
const OUTLIVE = ['jobs.Timed', 'control', 'joins'];
/** They find no job by its id, so what a host has is run to its end. */
const FIND_NOTHING = ['nats', 'rabbitmq'];
const HOSTS = 3;
const CALLERS = 3;
const LEASE_MS = 3_000;
/** A host asks for its leases each third of one, and a busy machine lets it wait. */
const LATE_MS = LEASE_MS / 3 + 3_000;
/** Ends what hangs. */
const GIVE_UP_MS = 180_000;
/** Hosts that lived shorter say nothing of fairness. */
const LEAST_LIFE_MS = 4_000;

interface Size {
  readonly seconds: number;
  readonly seed?: number | undefined;
}

export async function run({ seconds, seed }: Size): Promise<Measured> {
  const random = seeded(seed);
  const figures: Record<string, Measured> = {};
  const notOnThisMachine: string[] = [];
  for (const engine of process.env.QUEUE_ENGINES?.split(',') ?? ENGINES) {
    console.error(`hosts: ${engine}, seed ${random.seed}`);
    const round = await Round.make(engine, seeded(Math.floor(random.next() * 2 ** 32)));
    if (round === undefined) notOnThisMachine.push(engine);
    else figures[engine] = await round.run(seconds * 1_000);
  }
  const ok = Object.values(figures).every((figure) => figure.ok);
  return {
    seed: random.seed,
    seconds,
    ...figures,
    ...(notOnThisMachine.length > 0 && { notOnThisMachine }),
    ok,
  };
}

/** A host or a caller. */
interface Member {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly exited: Promise<unknown>;
  said: string;
  wasTold?: boolean;
}
interface Caller extends Member {
  readonly log: string;
}
interface Programs {
  readonly host: string;
  readonly caller: string;
}

class Round {
  #callers = 0;
  readonly hosts: Member[] = [];
  readonly callers: Caller[] = [];
  readonly lives: Life[] = [];
  readonly problems: string[] = [];
  readonly counts = { kills: 0, drains: 0, restarts: 0, callersKilled: 0 };
  readonly folder = mkdtempSync(join(tmpdir(), 'mproc-chaos-hosts-'));
  readonly space = `chaos-${process.pid}`;
  readonly journal = join(this.folder, 'journal');
  readonly env: NodeJS.ProcessEnv;
  draining: Promise<unknown> = Promise.resolve();

  static async make(engine: string, random: Random): Promise<Round | undefined> {
    const adapter = await makeAdapter(engine);
    try {
      const server = await adapter.startServer();
      const [host, caller] = await Promise.all(
        ['host', 'caller'].map((name) => buildProgram(new URL(`../hosts/${name}.ts`, import.meta.url))),
      );
      return new Round(engine, random, adapter, server, { host: host!, caller: caller! });
    } catch (error) {
      adapter.remove();
      if (error instanceof MissingServer) return undefined;
      throw error;
    }
  }

  constructor(
    readonly engine: string,
    readonly random: Random,
    readonly adapter: Adapter,
    readonly server: Store,
    readonly programs: Programs,
  ) {
    writeFileSync(this.journal, '');
    this.env = {
      ...process.env,
      [adapter.variable]: server.url,
      QUEUE_MODULE: adapter.module,
      SPACE: this.space,
      LEASE_MS: String(LEASE_MS),
      JOURNAL: this.journal,
      IDS: join(this.folder, 'ids'),
    };
  }

  async run(forMs: number): Promise<Measured> {
    try {
      for (let count = 0; count < HOSTS; count += 1) this.startHost();
      for (let count = 0; count < CALLERS; count += 1) this.startCaller();
      await this.disturb(performance.now() + forMs);
      await this.inTime(this.endAll(), 'the callers and hosts that were told to end');
      const left = await this.sweep();
      return this.result(left);
    } finally {
      for (const { child } of [...this.hosts, ...this.callers]) child.kill('SIGKILL');
      await Promise.all([...this.hosts, ...this.callers].map(({ exited }) => exited));
      await this.server.remove();
      this.adapter.remove();
      rmSync(this.folder, { recursive: true, force: true });
    }
  }

  start(program: string, env: NodeJS.ProcessEnv): Member {
    const child = spawn(process.execPath, [program], {
      env: { ...this.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const member: Member = { child, said: '', exited: once(child, 'close') };
    // What crashing processes leave on stderr is expected; its end is told beside a problem.
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        member.said = `${member.said}${chunk}`.slice(-4_000);
      });
    return member;
  }

  startHost(): void {
    const host = this.start(this.programs.host, {});
    const life: Life = { pid: host.child.pid, from: Date.now(), to: undefined };
    host.exited.then(() => {
      life.to = Date.now();
    });
    this.lives.push(life);
    this.hosts.push(host);
  }

  startCaller(): void {
    this.#callers += 1;
    const log = join(this.folder, `log-${this.#callers}`);
    const SEED = String(Math.floor(this.random.next() * 2 ** 32));
    const caller = this.start(this.programs.caller, {
      SEED,
      FIRST: String(this.#callers * 1_000_000),
      LOG: log,
    });
    this.callers.push(Object.assign(caller, { log }));
  }

  get logs(): string[] {
    return Array.from({ length: this.#callers }, (_, at) => join(this.folder, `log-${at + 1}`));
  }

  /** One thing after another happens until it is time; the server restarts once in each third. */
  async disturb(until: number): Promise<void> {
    const began = performance.now();
    const third = (until - began) / 3;
    let restarts = 0;
    for (;;) {
      await sleep(400 + this.random.below(1_600));
      const now = performance.now();
      if (now >= until) return;
      if (this.server.stop && now - began > (restarts + 0.5) * third && restarts < 3) {
        restarts += 1;
        await this.restart();
        continue;
      }
      const kind = this.random.next();
      if (kind < 0.4) await this.replaceHost('SIGKILL', 'kills');
      else if (kind < 0.8) await this.replaceHost('SIGTERM', 'drains');
      else await this.killCaller();
    }
  }

  async restart(): Promise<void> {
    this.counts.restarts += 1;
    await this.server.stop?.();
    await sleep(this.random.below(500));
    await this.server.start?.();
  }

  async replaceHost(signal: 'SIGKILL' | 'SIGTERM', what: 'kills' | 'drains'): Promise<void> {
    const serving = this.hosts.filter(({ said, wasTold }) => !wasTold && said.includes('serving'));
    const host = serving[this.random.below(serving.length)];
    if (host === undefined) return;
    this.counts[what] += 1;
    host.wasTold = true;
    host.child.kill(signal);
    this.startHost();
    const over = this.mustEnd(host, signal);
    if (signal === 'SIGKILL') await over;
    else this.draining = Promise.all([this.draining, over]);
  }

  async mustEnd(host: Member, signal: NodeJS.Signals): Promise<void> {
    await this.inTime(host.exited, `a host after ${signal}`);
    const { signalCode, exitCode } = host.child;
    if (signalCode !== signal)
      this.problems.push(`a host ended with ${signalCode ?? exitCode} after ${signal}: ${host.said}`);
    this.hosts.splice(this.hosts.indexOf(host), 1);
  }

  async killCaller(): Promise<void> {
    const caller = this.callers[this.random.below(this.callers.length)]!;
    if (!existsSync(caller.log)) return;
    this.counts.callersKilled += 1;
    caller.child.kill('SIGKILL');
    await caller.exited;
    this.callers.splice(this.callers.indexOf(caller), 1);
    this.startCaller();
  }

  async inTime(ending: Promise<unknown>, what: string): Promise<void> {
    const late = new AbortController();
    const isLate = sleep(GIVE_UP_MS, true, { signal: late.signal }).catch(() => false);
    if (await Promise.race([Promise.resolve(ending).then(() => false), isLate]))
      this.problems.push(`${what} did not end within ${GIVE_UP_MS} ms`);
    late.abort();
  }

  async endAll(): Promise<void> {
    for (const { child } of this.callers) child.stdin.end();
    for (const { child, exited, said } of this.callers) {
      await exited;
      if (child.exitCode !== 0)
        this.problems.push(`a caller ended with ${child.signalCode ?? child.exitCode}: ${said}`);
    }
    // Submitted jobs have nobody who waits for them.
    await this.untilEmpty();
    for (const host of this.hosts) {
      host.wasTold = true;
      host.child.kill('SIGTERM');
    }
    await this.draining;
    await Promise.all([...this.hosts].map((host) => this.mustEnd(host, 'SIGTERM')));
  }

  open(name: string): Queue<unknown> {
    Object.assign(process.env, { [this.adapter.variable]: this.server.url });
    return this.adapter.createQueue(`${this.space}.${name}`, { leaseMs: LEASE_MS, maxAttempts: 1_000 });
  }

  async untilEmpty(): Promise<void> {
    const queue = this.open('jobs.Timed');
    const giveUpAt = performance.now() + GIVE_UP_MS;
    for (;;) {
      const counts = await queue.counts();
      if (Object.values(counts).every((count) => count === 0)) break;
      if (performance.now() > giveUpAt) {
        this.problems.push(`left on the queue of jobs: ${JSON.stringify(counts)}`);
        break;
      }
      await sleep(100);
    }
    await queue.close();
  }

  /** A pool that comes later finds what killed callers have left. @returns names of queues that stay all the same */
  async sweep(): Promise<string[]> {
    const names = async (): Promise<string[]> =>
      ((await queueNames(this.engine, this.server.url)) ?? [])
        .filter((name) => name.startsWith(`${this.space}.`))
        .map((name) => name.slice(this.space.length + 1))
        .filter((name) => !OUTLIVE.includes(name));
    const queues: QueueFactory = (name, options) =>
      this.adapter.createQueue(`${this.space}.${name}`, options);
    const pool = new ProcessPool({ processes: 1, queues, leaseMs: LEASE_MS });
    const stopping = new AbortController();
    const working = pool.work([Timed], { signal: stopping.signal });
    const giveUpAt = performance.now() + 60_000;
    while ((await names()).length > 0 && performance.now() < giveUpAt) await sleep(200);
    stopping.abort();
    await working;
    await pool.close();
    const left = await names();
    for (const name of OUTLIVE) await this.open(name).destroy();
    return left;
  }

  result(left: readonly string[]): Measured {
    const runs = runsIn(this.journal);
    const facts = factsIn(this.logs);
    const law = judge(facts, runs, { lateMs: LATE_MS, findsById: !FIND_NOTHING.includes(this.engine) });
    const problems = [...this.problems, ...law.problems];
    if (left.length > 0) problems.push(`left in the engine: ${left.join(', ')}`);
    const begun = runs.filter(({ mark }) => mark === 'B').length;
    const { problems: _, ...counted } = law;
    return {
      begun,
      ...counted,
      ...this.counts,
      fairness: fairness(runs, this.lives, LEAST_LIFE_MS),
      ...(problems.length > 0 && { problems: problems.slice(0, 20), count: problems.length }),
      ok: problems.length === 0,
    };
  }
}
