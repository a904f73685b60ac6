import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildProgram } from '../../../../scripts/built-program.js';
import { endsWhileItGoesOn, totalBytes } from '../goes-on.js';
import { census, leftSince } from '../left-behind.js';
import { filesOf, removeUnfinished } from '../queue/files.js';
import type { Random } from '../random.js';
import type { Report } from '../report.js';
import type { Round } from '../round.js';
import { placeOf, removeJobs, waitingJobs } from './engine.js';
import { isCalm, mayCrash, wrongAnswers, wrongRuns } from './law.js';
import { Member } from './member.js';
import type { Place } from './queues.js';
import { type CallerPlan, drawSettings, ENGINES, type Engine, type HostSettings } from './settings.js';

const PROGRAM = await buildProgram(
  new URL('member-program.ts', import.meta.url),
  new URL('served.worker.ts', import.meta.url),
);
const MOST_FAULTS = 4;
const HANGS_MS = 90_000;

const engines = (process.env.QUEUE_ENGINES?.split(',') as Engine[] | undefined) ?? ENGINES;

/** Some hosts and callers around one engine, whatever happens to them. */
export const round: Round = async (random, report) => {
  const settings = drawSettings(random.derive('settings'), engines);
  const { callers, ...told } = settings;
  report.did(JSON.stringify({ ...told, callers: callers.map(({ form, jobs }) => [form, jobs.length]) }));
  const place = await placeOf(settings.engine, `fuzz-${process.pid}-${random.seed}`);
  const before = census();
  const folder = mkdtempSync(join(tmpdir(), 'mproc-fuzz-'));
  try {
    await new HostRound(random, settings, place, folder, report).run();
    removeUnfinished(place.space);
    // SQLite's library has files open for a while that it was told to close.
    const left = await leftSince(before, settings.engine === 'sqlite');
    if (left !== '') report.problem(`left behind: ${left}`);
    const files = filesOf(place.space);
    if (files.length > 0) report.problem(`left in shared memory: ${files.join(', ')}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

class HostRound {
  readonly #journal: string;
  readonly #hosts: Member[] = [];
  /** The runs of each caller: one that is killed is started again. */
  readonly #callers: Member[][];

  constructor(
    readonly random: Random,
    readonly settings: HostSettings,
    readonly place: Place,
    readonly folder: string,
    readonly report: Report,
  ) {
    this.#journal = join(folder, 'journal');
    writeFileSync(this.#journal, '');
    writeFileSync(`${this.#journal}.owners`, '');
    this.#callers = settings.callers.map(() => []);
  }

  async run(): Promise<void> {
    const { hosts, callers } = this.settings;
    for (let at = 0; at < hosts; at += 1) this.#startHost();
    const disturbing = this.#disturb();
    const calls = callers.map((plan, at) => this.#call(plan, at));
    await this.#inTime(Promise.all([disturbing, ...calls]), 'callers');
    await this.#inTime(this.#allRan(), 'submitted jobs');
    // One that is just starting does not hear it.
    for (const host of this.#hosts)
      if (host.isServing) host.drain();
      else if (!host.wasDrained) host.kill();
    await this.#inTime(Promise.all(this.#hosts.map(({ ended }) => ended)), 'hosts that were told to end');
    await this.#runWhatWasHandedBack();
    for (const member of [...this.#hosts, ...this.#callers.flat()]) member.kill();
    for (const problem of wrongRuns(this.settings, this.#journal)) this.report.problem(problem);
    const kept = await removeJobs(this.place, this.#failingSubmits());
    if (kept !== '') this.report.problem(`the queue of jobs still has ${kept}`);
  }

  /** A host that is drained hands back what waits for its next attempt: another one runs that. */
  async #runWhatWasHandedBack(): Promise<void> {
    const waiting = async () => (await waitingJobs(this.place)) > 0;
    if (!(await waiting())) return;
    if ((await waitingJobs(this.place)) > this.#mostHandedBack())
      this.report.problem('more jobs were handed back than wait for an attempt');
    this.#startHost();
    const host = this.#hosts.at(-1)!;
    const isDone = async () => {
      while ((await waiting()) || !host.isServing) await sleep(50);
      host.drain();
      await host.ended;
    };
    await this.#inTime(isDone(), 'jobs that were handed back');
  }

  /** Those that fail in an attempt; where processes or hosts die or stand still, all may have lost one. */
  #mostHandedBack(): number {
    const jobs = this.settings.callers.flatMap((caller) => caller.jobs);
    const retried = jobs.filter(({ kind }) => kind !== 'square').length;
    return mayCrash(this.settings) || !isCalm(this.settings) ? jobs.length : retried;
  }

  /** Those that always throw; where processes or hosts die, others may come to nothing, too. */
  #failingSubmits(): { least: number; most: number } {
    const submitted = this.settings.callers.flatMap(({ form, jobs }) => (form === 'submit' ? jobs : []));
    const throwing = submitted.filter(({ kind }) => kind === 'throw').length;
    const crashing = submitted.some(({ kind }) => kind === 'crash') || mayCrash(this.settings);
    return { least: throwing, most: crashing ? submitted.length : throwing };
  }

  #startHost(): void {
    const { place } = this;
    const { processes, concurrency, leaseMs } = this.settings;
    const settings = { processes, concurrency, leaseMs };
    const part = { place, journal: this.#journal, settings };
    this.#hosts.push(new Member(PROGRAM, `host ${this.#hosts.length}`, part, this.folder, this.report));
  }

  /** Makes a call, and makes it again when its process was killed. */
  async #call(plan: CallerPlan, at: number): Promise<void> {
    const runs = this.#callers[at]!;
    const { place, settings } = this;
    for (;;) {
      const part = { place, journal: this.#journal, settings, caller: plan, batch: `batch-${at}` };
      const member = new Member(PROGRAM, `caller ${at} (${plan.form})`, part, this.folder, this.report);
      runs.push(member);
      await member.ended;
      const { answers } = member;
      if (answers === undefined && this.report.problems.length > 0) return;
      if (answers === undefined) continue;
      this.report.count('jobs', plan.jobs.length);
      for (const problem of wrongAnswers(plan, answers, mayCrash(settings))) this.report.problem(problem);
      return;
    }
  }

  async #disturb(): Promise<void> {
    const { killEveryMs, stopEveryMs, drainEveryMs, killCallersEveryMs, stopCallersEveryMs } = this.settings;
    const hosts = () => this.#hosts.filter(({ isServing }) => isServing);
    // What another caller has asked for is gone with it.
    const batches = () =>
      this.#callers.flatMap((runs, at) => {
        const last = runs.at(-1);
        return this.settings.callers[at]!.form === 'batch' && last?.lives ? [last] : [];
      });
    const callers = () => this.#callers.flatMap((runs) => runs.filter(({ lives }) => lives));
    const replace = (act: (host: Member) => void) => (host: Member) => {
      act(host);
      this.#startHost();
    };
    await Promise.all([
      this.#repeat(
        killEveryMs,
        'kills',
        hosts,
        replace((host) => host.kill()),
      ),
      this.#repeat(
        drainEveryMs,
        'drains',
        hosts,
        replace((host) => host.drain()),
      ),
      this.#repeat(stopEveryMs, 'stops', hosts, (host, own) => host.stop(own)),
      this.#repeat(killCallersEveryMs, 'callers', batches, (caller) => caller.kill()),
      this.#repeat(stopCallersEveryMs, 'stopped callers', callers, (caller, own) =>
        // Now and then for so long that hosts take it for gone.
        caller.stop(own, own.chance(0.3) ? 6 * this.settings.leaseMs : 1_500),
      ),
    ]);
  }

  async #repeat(
    everyMs: number | undefined,
    label: string,
    candidates: () => Member[],
    act: (member: Member, random: Random) => unknown,
  ): Promise<void> {
    if (everyMs === undefined) return;
    const random = this.random.derive(label);
    for (let times = 0; times < MOST_FAULTS; times += 1) {
      await sleep(2 * everyMs * random.next());
      const found = candidates();
      if (found.length > 0) await act(random.pick(found), random);
    }
  }

  async #allRan(): Promise<void> {
    while (wrongRuns(this.settings, this.#journal).some((problem) => problem.endsWith('never ran')))
      await sleep(50);
  }

  async #inTime(ending: Promise<unknown>, what: string): Promise<void> {
    if (!(await endsWhileItGoesOn(ending, () => this.#state(), HANGS_MS, this.report)))
      this.report.problem(`${what} did not end, and nothing else went on for ${HANGS_MS} ms`);
  }

  /** Changes with each job that begins or ends, and each process that is started or ends. */
  #state(): string {
    const members = [...this.#hosts, ...this.#callers.flat()];
    return `${members.length} ${members.filter(({ lives }) => lives).length} ${totalBytes([this.#journal])}`;
  }
}
