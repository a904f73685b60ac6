// Jobs of a millisecond to seconds over three hosts, while hosts are killed and drained, callers abort and cancel, and the
// server restarts.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { makeAdapter } from '../../../bench/queues/make-adapter.mjs';
import { queueNames } from '../../queues/queue-names.mjs';
import { factsIn, fairness, judge, runsIn } from '../hosts/law.mjs';
import { seeded } from '../seeded.mjs';

export const goal =
  'jobs of 1 ms to 5 s over three hosts, which are killed and drained while callers abort and cancel and the server restarts: every job one response, none begun after its cancel is known, nothing left in the engine; at full size two minutes for each engine';
export const sizes = { smoke: { seconds: 6 }, reduced: { seconds: 25 }, full: { seconds: 120 } };

const ENGINES = ['shared-memory', 'sqlite', 'redis', 'postgres', 'nats', 'rabbitmq', 'bullmq'];
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

export async function run({ seconds, seed, engines = process.env.QUEUE_ENGINES?.split(',') ?? ENGINES }) {
  const random = seeded(seed);
  const figures = {};
  const notOnThisMachine = [];
  for (const engine of engines) {
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

const program = (name) => fileURLToPath(new URL(`../hosts/${name}.mjs`, import.meta.url));

class Round {
  #callers = 0;
  hosts = [];
  callers = [];
  lives = [];
  problems = [];
  counts = { kills: 0, drains: 0, restarts: 0, callersKilled: 0 };

  static async make(engine, random) {
    const adapter = await makeAdapter(engine);
    try {
      const server = await adapter.startServer();
      return new Round(engine, random, adapter, server);
    } catch (error) {
      adapter.remove();
      if (/is not on this machine/.test(error.message)) return undefined;
      throw error;
    }
  }

  constructor(engine, random, adapter, server) {
    Object.assign(this, { engine, random, adapter, server });
    this.folder = mkdtempSync(join(tmpdir(), 'mproc-chaos-hosts-'));
    this.space = `chaos-${process.pid}`;
    this.journal = join(this.folder, 'journal');
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

  async run(forMs) {
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

  start(name, env) {
    const child = spawn(process.execPath, [program(name)], {
      env: { ...this.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const member = { child, said: '', exited: once(child, 'close') };
    // What crashing processes leave on stderr is expected; its end is told beside a problem.
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        member.said = `${member.said}${chunk}`.slice(-4_000);
      });
    return member;
  }

  startHost() {
    const host = this.start('host', {});
    const life = { pid: host.child.pid, from: Date.now(), to: undefined };
    host.exited.then(() => {
      life.to = Date.now();
    });
    this.lives.push(life);
    this.hosts.push(host);
  }

  startCaller() {
    this.#callers += 1;
    const log = join(this.folder, `log-${this.#callers}`);
    const SEED = String(Math.floor(this.random.next() * 2 ** 32));
    const caller = this.start('caller', { SEED, FIRST: String(this.#callers * 1_000_000), LOG: log });
    this.callers.push(Object.assign(caller, { log }));
  }

  get logs() {
    return Array.from({ length: this.#callers }, (_, at) => join(this.folder, `log-${at + 1}`));
  }

  /** One thing after another happens until it is time; the server restarts once in each third. */
  async disturb(until) {
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

  async restart() {
    this.counts.restarts += 1;
    await this.server.stop();
    await sleep(this.random.below(500));
    await this.server.start();
  }

  async replaceHost(signal, what) {
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

  async mustEnd(host, signal) {
    await this.inTime(host.exited, `a host after ${signal}`);
    const { signalCode, exitCode } = host.child;
    if (signalCode !== signal)
      this.problems.push(`a host ended with ${signalCode ?? exitCode} after ${signal}: ${host.said}`);
    this.hosts.splice(this.hosts.indexOf(host), 1);
  }

  async killCaller() {
    const caller = this.callers[this.random.below(this.callers.length)];
    if (!existsSync(caller.log)) return;
    this.counts.callersKilled += 1;
    caller.child.kill('SIGKILL');
    await caller.exited;
    this.callers.splice(this.callers.indexOf(caller), 1);
    this.startCaller();
  }

  async inTime(ending, what) {
    const late = new AbortController();
    const isLate = sleep(GIVE_UP_MS, true, { signal: late.signal }).catch(() => false);
    if (await Promise.race([Promise.resolve(ending).then(() => false), isLate]))
      this.problems.push(`${what} did not end within ${GIVE_UP_MS} ms`);
    late.abort();
  }

  async endAll() {
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

  async jobs() {
    Object.assign(process.env, { [this.adapter.variable]: this.server.url });
    return this.adapter.createQueue(`${this.space}.jobs.Timed`, { leaseMs: LEASE_MS, maxAttempts: 1_000 });
  }

  async untilEmpty() {
    const queue = await this.jobs();
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
  async sweep() {
    const names = async () =>
      ((await queueNames(this.engine, this.server.url)) ?? [])
        .filter((name) => name.startsWith(`${this.space}.`))
        .map((name) => name.slice(this.space.length + 1))
        .filter((name) => name !== 'jobs.Timed');
    const { ProcessPool } = await import('mproc-worker');
    const { Timed } = await import(pathToFileURL(program('timed.worker')).href);
    const queues = (name, options) => this.adapter.createQueue(`${this.space}.${name}`, options);
    const pool = new ProcessPool({ processes: 1, queues, leaseMs: LEASE_MS });
    const stopping = new AbortController();
    const working = pool.work([Timed], { signal: stopping.signal });
    const giveUpAt = performance.now() + 60_000;
    while ((await names()).some((name) => name !== 'callers') && performance.now() < giveUpAt)
      await sleep(200);
    stopping.abort();
    await working;
    await pool.close();
    const left = await names();
    await (await this.jobs()).destroy();
    return left;
  }

  result(left) {
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
