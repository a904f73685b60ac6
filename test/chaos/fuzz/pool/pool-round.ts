import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { ProcessPool } from 'mproc-worker';
import { endsWhileItGoesOn } from '../goes-on.js';
import type { Random } from '../random.js';
import type { Report } from '../report.js';
import type { CallForm } from './call.js';
import { Calls } from './calls.js';
import { EventOrder } from './event-order.js';
import { Faults } from './faults.js';
import { History } from './history.js';
import { folderBeside, wrongFile, wrongFolder, wrongTrace } from './kept-files.js';
import { Messages } from './messages.js';
import { Plans } from './plans.js';
import { type InsideOperation, Reentry } from './reentry.js';
import { CountingQueue } from './results-queue.js';
import type { RoundSettings } from './settings.js';

type Operation = CallForm | 'burst' | 'cancel' | 'abort' | 'abortShared' | 'stats' | 'wait' | 'broadcast';

const OPERATIONS: Record<Operation, number> = {
  run: 10,
  burst: 2,
  map: 5,
  imap: 3,
  imapUnordered: 3,
  cancel: 4,
  abort: 2,
  abortShared: 0.3,
  stats: 2,
  wait: 6,
  broadcast: 1.5,
};

/** Nothing at all was settled for so long: beside a load, a module may be given up after some tries of 3 seconds. */
const HANGS_MS = 90_000;

/** One pool, random operations on it, and its end. */
export class PoolRound {
  readonly history: History;
  readonly events = new EventOrder();
  readonly plans: Plans;
  readonly #pool: ProcessPool;
  readonly #calls: Calls;
  readonly #faults: Faults;
  readonly #reentry: Reentry;
  readonly #results: CountingQueue | undefined;
  readonly #shared = new AbortController();
  readonly #ends: Promise<void>[] = [];
  readonly #messages: Messages;
  readonly #failedFolder: string;
  readonly #traceFile: string;

  constructor(
    readonly random: Random,
    readonly settings: RoundSettings,
    readonly report: Report,
    firstId: number,
    journal: string,
  ) {
    this.history = new History(report, settings.innocentsMayDie, settings.hasCrashes, settings.mayRunAgain);
    const { reentry, endsInside } = settings;
    const act = (operation: InsideOperation, own: Random) => this.#inside(operation, own);
    this.#reentry = new Reentry(random.derive('inside'), reentry, endsInside, report, act);
    const inside = this.#reentry.at;
    this.plans = new Plans(random.derive('jobs'), settings, firstId, inside);
    this.#results = settings.hasResultsQueue ? new CountingQueue(random.derive('results')) : undefined;
    this.#failedFolder = folderBeside(journal, firstId);
    this.#traceFile = `${journal}.trace-${firstId}`;
    this.#pool = this.#makePool(journal);
    const { history, plans, events } = this;
    this.#calls = new Calls(this.#pool, settings, plans, history, events, inside, this.#shared);
    this.#messages = new Messages(this.#pool, history, inside);
    this.#faults = new Faults(this.#pool, report, () => {
      this.history.kills += 1;
    });
  }

  #makePool(journal: string): ProcessPool {
    const tell = () => {
      this.#reentry.at('logger');
    };
    const pool = new ProcessPool({
      ...this.settings.options,
      logger: { error: tell, warn: tell, info: tell, debug: tell },
      env: { ...process.env, FUZZ_JOURNAL: journal },
      ...(this.#results !== undefined && { results: this.#results }),
      ...(this.settings.keepsFailed !== undefined && {
        keepFailed: { folder: this.#failedFolder, most: this.settings.keepsFailed },
      }),
    });
    if (this.settings.isTraced) pool.trace(this.#traceFile);
    for (const name of ['spawn', 'exit', 'idle', 'close'] as const)
      pool.on(name, () => this.#reentry.at(name));
    if (this.settings.hearsResponses)
      pool.on('response', (response) => {
        this.history.onEvent(response);
        const problem = wrongFile(response);
        if (problem !== undefined) this.report.problem(`the response of ${response.jobId} ${problem}`);
        this.#reentry.at('response');
      });
    return pool;
  }

  async run(): Promise<void> {
    const { killEveryMs, stopEveryMs, operations } = this.settings;
    if (killEveryMs !== undefined) this.#faults.killEvery(killEveryMs, this.random.derive('kills'));
    if (stopEveryMs !== undefined) this.#faults.stopEvery(stopEveryMs, this.random.derive('stops'));
    const random = this.random.derive('operations');
    for (let at = 0; at < operations; at += 1) await this.#operate(random.derive(at));
    await this.#end(random);
    this.#checkAfterwards();
  }

  async #operate(random: Random): Promise<void> {
    const operation = random.weighted(OPERATIONS);
    switch (operation) {
      case 'wait':
        return sleep(random.below(30));
      case 'burst':
        for (let at = random.below(100); at >= 0; at -= 1) this.#calls.make('run', random.derive(at));
        break;
      case 'cancel':
      case 'abort':
      case 'stats':
        this.#inside(operation, random);
        break;
      case 'broadcast':
        this.#messages.send(random);
        break;
      case 'abortShared':
        this.#shared.abort(new Error('all of them'));
        break;
      default:
        this.#calls.make(operation, random);
    }
    if (random.chance(0.5)) await turn();
  }

  #inside(operation: InsideOperation, random: Random): void {
    switch (operation) {
      case 'stats':
        return this.#checkStats();
      case 'cancel':
        return this.#cancel(random);
      case 'abort':
        return this.#abort(random);
      case 'close':
      case 'destroy':
        return this.#endPool(operation);
      default:
        this.#calls.make(operation, random);
    }
  }

  #cancel(random: Random): void {
    const jobIds = [...this.history.open].flatMap(({ jobIds }) => [...jobIds.keys()]);
    if (jobIds.length === 0) return;
    const jobId = random.pick(jobIds);
    this.report.did(`cancel ${jobId}`);
    this.history.canceled.add(jobId);
    this.#pool.cancel(jobId);
  }

  #abort(random: Random): void {
    const calls = [...this.history.open].filter(({ controller }) => controller !== this.#shared);
    if (calls.length === 0) return;
    const call = random.pick(calls);
    this.report.did(`abort of call ${call.number}`);
    call.stop();
  }

  #checkStats(): void {
    const stats = this.#pool.stats();
    const processes = Number(this.settings.options.processes ?? 1);
    const isOdd =
      stats.outstanding < 0 || stats.inMemory < 0 || stats.delayed < 0 || stats.pids.length < stats.processes;
    if (isOdd || stats.processes > 3 * processes + 3)
      this.report.problem(`the pool of ${processes} says of itself ${JSON.stringify(stats)}`);
  }

  #endPool(how: 'close' | 'destroy'): void {
    this.history.isEnding = true;
    this.report.did(how);
    this.#ends.push(this.#pool[how]());
  }

  /** Lets what is open settle, or not, and ends the pool. */
  async #end(random: Random): Promise<void> {
    const { end } = this.settings;
    if (end === 'destroy') this.#endPool('destroy');
    else await this.#finish(random);
    await this.#inTime(Promise.all(this.#ends), `${end} of the pool`);
    await this.#settled();
    await this.#inTime(this.#messages.answered(), 'the messages');
    await this.#faults.end();
    this.plans.closeArrays();
  }

  async #finish(random: Random): Promise<void> {
    await sleep(random.below(200));
    // Nobody would ever end them.
    for (const call of this.history.open) if (call.form.startsWith('imap') && random.chance(0.5)) call.stop();
    if (this.settings.end === 'settle') {
      await this.#settled();
      await this.#checkQuiet();
      this.#endPool('close');
    } else this.#endPool('close');
  }

  async #settled(): Promise<void> {
    await this.#inTime(this.#noneOpen(), 'the calls');
  }

  async #noneOpen(): Promise<void> {
    while (this.history.open.size > 0) await sleep(5);
  }

  /** @returns when it is done, or when nothing has been settled for too long */
  async #inTime(ending: Promise<unknown>, what: string): Promise<void> {
    const hasEnded = await endsWhileItGoesOn(ending, () => this.history.settled, HANGS_MS, this.report);
    if (!hasEnded) this.#tellHang(what);
  }

  #tellHang(what: string): void {
    const open = [...this.history.open].map(({ number, form, plans, responses }) => {
      const unanswered = plans.filter((_, index) => responses[index] === undefined);
      const jobs = unanswered.slice(0, 5).map(({ id, kind }) => `${id} ${kind}`);
      return `${number} ${form} (${unanswered.length} of ${plans.length} jobs: ${jobs.join(', ')})`;
    });
    this.report.problem(
      `${what}: nothing was settled for ${HANGS_MS} ms; open calls: ${open.slice(0, 10).join('; ')}; ${JSON.stringify(this.#pool.stats())}; ${JSON.stringify(this.settings)}`,
    );
    this.history.open.clear();
    void this.#pool.destroy();
  }

  /** What nobody waits for any more may still run for some moments. */
  async #checkQuiet(): Promise<void> {
    if (this.history.isEnding) return;
    for (const giveUpAt = performance.now() + HANGS_MS; performance.now() < giveUpAt; await sleep(5)) {
      const { outstanding, inMemory } = this.#pool.stats();
      if ((outstanding === 0 && inMemory === 0) || this.history.isEnding) return;
    }
    this.report.problem(`the quiet pool says of itself ${JSON.stringify(this.#pool.stats())}`);
  }

  #checkAfterwards(): void {
    for (const problem of this.events.problems(this.settings.mayRunAgain)) this.report.problem(problem);
    const { outstanding, inMemory, processes } = this.#pool.stats();
    if (outstanding !== 0 || inMemory !== 0 || processes !== 0)
      this.report.problem(`after its end the pool says of itself ${JSON.stringify(this.#pool.stats())}`);
    for (const problem of this.#problemsOfFiles()) this.report.problem(problem);
    for (const [jobId, times] of this.#results?.puts ?? [])
      if (times > 1) this.report.problem(`the response of ${jobId} was put ${times} times`);
    if (this.#results === undefined || this.settings.end !== 'settle') return;
    const missing = [...this.history.told.keys()].filter((jobId) => !this.#results!.puts.has(jobId));
    if (missing.length > 0 && !this.settings.endsInside)
      this.report.problem(`${missing.length} responses are not on the queue of results, as ${missing[0]}`);
  }

  #problemsOfFiles(): string[] {
    const { keepsFailed, isTraced } = this.settings;
    const problems = [
      keepsFailed === undefined ? undefined : wrongFolder(this.#failedFolder, keepsFailed),
      isTraced ? wrongTrace(this.#traceFile) : undefined,
    ];
    return problems.filter((problem) => problem !== undefined);
  }
}
