import { monotonicMs } from '../../clock/monotonic-ms.js';
import { clearTimeout, nextTurn, setTimeout } from '../../clock/timers.js';
import { failpoint } from '../../failpoints/failpoint.js';
import { hasShownLately } from '../../segment/file-buffer.js';
import { futex } from '../../segment/futex.js';
import { largeBytesGivenLately } from '../../segment/large-memory.js';
import { scavenge } from '../../segment/scavenge.js';
import { tearDown } from '../../worker/class-setup.js';
import { tellLoading } from '../loading.js';
import { type ChildBoot, ChildOrder, ChildStage, Sleep } from '../protocol.js';
import type { Doorbell } from '../transport/doorbell.js';
import { JobTaker } from '../transport/job-taker.js';
import { LargeValueFile } from '../transport/large-value-file.js';
import { CHILD_BLOCK, CHILD_INBOX, POOL_HEADER, SHARED_WORDS } from '../transport/layout.js';
import type { PoolSegment } from '../transport/pool-segment.js';
import { SpinCredit } from '../transport/spin-credit.js';
import { AutoResetEvent } from './auto-reset-event.js';
import { markOutput } from './blocking-output.js';
import { endOfHooks } from './end-of-hooks.js';
import { JobRunner } from './job-runner.js';
import { MessageHandler } from './message-handler.js';
import { moduleByItself } from './module-code.js';
import { ReportSender } from './report-sender.js';
import { sleepSync } from './sleep-sync.js';

/** How long to look for the next job before sleeping, in milliseconds: as long as a parent takes that a doorbell has woken. */
const SPIN_MS = 0.1;
/**
 * How long to sleep and look again, in milliseconds, while the parent is awake: it is about to bring more, and a doorbell would
 * take more of its time than dozens of jobs do.
 */
const NAPPING_MS = 5;
/** How long such a sleep is, in milliseconds; and where the parent waits for many results. */
const SLEEP_MS = 0.005;
const LONG_SLEEP_MS = 0.05;
/** How long a process waits for the next job in the system's own sleep, which its event loop has no part in, in milliseconds. */
const REST_MS = 2;
/** A process whose job has ended within this time may be given another at once, in milliseconds. */
const LATELY_MS = 1;
/** The parent is in no hurry where it sleeps until there are so many results. */
const MANY_RESULTS = 64;
/**
 * How long a process that has just begun its first job is deaf to doorbells, in milliseconds: to hear them takes a part of
 * Node.js that loads while the job waits for something else, and not before it begins.
 */
const DEAF_MS = 25;
/**
 * After so many bytes of arguments and results, the next job is not looked out for: the parent takes longer to read them
 * than it takes to be woken, and where the processors are busy it can have none that a child keeps awake.
 */
const LARGE_BYTES = 128 * 1024;
/** For so many bytes of arguments it is worth to look which are not used any more. */
const WORTH_COLLECTING_BYTES = 4 * 1024 * 1024;
/** A process that took a job within this time is at them, in microseconds. */
const AT_WORK_US = 1_000;
/** How long jobs may follow each other before timers and signals of this process have their turn. */
const TURN_MS = 10;

/** Takes jobs until it is told to stop. */
export class ChildLoop {
  readonly #segment: PoolSegment;
  readonly #slots: JobTaker;
  readonly #boot: ChildBoot;
  readonly #block: number;
  readonly #orders: number;
  readonly #reportSender: ReportSender;
  readonly #doorbell: Doorbell;
  /** `undefined` while there were none. */
  #messages: MessageHandler | undefined;
  readonly #runner: JobRunner;
  readonly #wakeUp = new AutoResetEvent();
  readonly #credit = new SpinCredit();
  #draining = false;
  #deaf: NodeJS.Timeout | undefined;
  /** Of large arguments, since garbage was last looked for. */
  #argumentBytes = 0;
  #jobs = 0;
  readonly #onFirstJob: () => void;

  constructor(segment: PoolSegment, boot: ChildBoot, doorbell: Doorbell, onFirstJob: () => void) {
    this.#segment = segment;
    this.#boot = boot;
    this.#slots = new JobTaker(segment, boot.child);
    this.#block = segment.blockOf(boot.child);
    this.#orders = segment.inboxOf(boot.child) + CHILD_INBOX.word.orders;
    this.#doorbell = doorbell;
    this.#onFirstJob = onFirstJob;
    const { outputToken } = boot;
    this.#reportSender = new ReportSender(
      segment,
      this.#slots,
      boot.child,
      doorbell,
      () => this.#wakeUp.set(),
      outputToken === undefined ? undefined : markOutput(outputToken),
    );
    this.#runner = new JobRunner(segment, this.#slots, this.#reportSender, this.#block, {
      setupTimeoutMs: boot.setupTimeoutMs,
      onDone: () => {
        if (this.#isTooLarge()) this.#draining = true;
        this.#wakeUp.set();
      },
      isEnding: () => this.#isEnding(),
    });
    tellLoading(() => moduleByItself(this.#runner.running, this.#messages?.openCount ?? 0));
  }

  /** The parent has rung. */
  onRing(): void {
    Atomics.store(this.#segment.words, this.#block + CHILD_BLOCK.word.asleep, Sleep.Awake);
    this.#reportSender.flush();
    this.#runner.abortWhereAsked();
    this.#wakeUp.set();
  }

  /** The parent has sent a message. */
  onMessage(message: Buffer): void {
    const send = (answer: Buffer) => this.#doorbell.send(answer);
    this.#messages ??= new MessageHandler(this.#boot.setupTimeoutMs, send);
    this.#messages.handle(message);
  }

  /** Take nothing more; finish what runs. */
  drain(): void {
    this.#draining = true;
    this.#wakeUp.set();
  }

  /** What the process is about to die of. */
  reportFatal(error: unknown): void {
    this.#runner.reportFatal(error);
    this.#reportSender.ring(true);
  }

  /** Serves until drained; everything is told when it returns. */
  async serve(): Promise<void> {
    Atomics.store(this.#segment.words, this.#block + CHILD_BLOCK.word.stage, ChildStage.Serving);
    failpoint('pool.serving');
    let turnBegan = monotonicMs();
    for (;;) {
      if (this.#mustDrain() && this.#runner.running === 0) break;
      if (this.#takeOne()) {
        this.#reportSender.ringAfter(this.#runner.lastWasLong, this.#runner.lastEndedAt);
        if (this.#runner.lastEndedAt - turnBegan < TURN_MS) continue;
        this.#listen();
        await nextTurn();
        this.#runner.paused();
        turnBegan = this.#runner.now();
        continue;
      }
      await this.#waitForWork();
      this.#runner.paused();
      turnBegan = this.#runner.now();
    }
    await this.#leave();
    // Messages that came while it was deaf, or asleep outside of its event loop.
    this.#doorbell.readRest();
    await this.#messages?.settled(this.#boot.teardownTimeoutMs);
    await this.#doorbell.sent();
    await endOfHooks(this.#boot.teardownTimeoutMs);
    await tearDown(this.#boot.teardownTimeoutMs, (message, error) => console.error(message, error));
  }

  #mustDrain(): boolean {
    if (this.#order() === ChildOrder.Drain) this.#draining = true;
    return this.#draining;
  }

  /** The same between two jobs of a bundle. No `Atomics.load`, which takes long beside a tiny job: a job later is soon enough. */
  #isEnding(): boolean {
    return this.#draining || this.#segment.words[this.#orders] === ChildOrder.Drain;
  }

  /** Takes a job and runs it, or begins to; `false` when there is none, or no room for one. */
  #takeOne(): boolean {
    if (this.#draining || this.#runner.running >= this.#boot.concurrency || this.#reportSender.isStuck)
      return false;
    const slot = this.#takeSlot();
    if (slot === -1) return false;
    this.#segment.words[this.#block + CHILD_BLOCK.word.tookAt] = (1_000 * this.#runner.clock()) | 0;
    this.#tellJobs();
    failpoint('pool.taken');
    this.#runner.run(slot);
    this.#jobs += 1;
    if (this.#jobs === 1) this.#onFirstJob();
    if (this.#jobs >= this.#boot.maxJobs || this.#isTooLarge()) this.#draining = true;
    return true;
  }

  /** For those who look from outside; in the cache line that `tookAt` is in. */
  #tellJobs(): void {
    this.#segment.words[this.#block + CHILD_BLOCK.word.jobs] = this.#runner.ended;
  }

  /** @returns -1 when there is no job for this process */
  #takeSlot(): number {
    const order = this.#order();
    if (order === ChildOrder.Standby) return -1;
    const reserved = order - ChildOrder.Reserved;
    if (reserved < 0 && this.#isSurplus()) return -1;
    failpoint('pool.before-take');
    if (reserved < 0) return this.#slots.take();
    return this.#runner.running === 0 && this.#slots.takeSlot(reserved) ? reserved : -1;
  }

  /** A `ChildOrder`, or, from `Reserved` on, the slot of the job that this process is kept for. */
  #order(): number {
    return Atomics.load(this.#segment.words, this.#orders);
  }

  /** Are as many others at small jobs as there should be? Who has a lower number goes first. */
  #isSurplus(): boolean {
    const { words } = this.#segment;
    const takers = Atomics.load(words, POOL_HEADER.word.takers);
    if (takers === 0 || this.#boot.child < takers) return false;
    const now = (1_000 * this.#runner.now()) | 0;
    let atWork = 0;
    for (let child = 0; child < this.#boot.child && atWork < takers; child += 1) {
      const tookAt = words[this.#segment.blockOf(child) + CHILD_BLOCK.word.tookAt]!;
      // Of clocks that differ a little, and of what was long ago, too.
      if ((now - tookAt) >>> 0 < AT_WORK_US) atWork += 1;
    }
    return atWork === takers;
  }

  #isTooLarge(): boolean {
    const { maxMemoryBytes } = this.#boot;
    return maxMemoryBytes > 0 && process.memoryUsage.rss() - LargeValueFile.mappedBytes > maxMemoryBytes;
  }

  async #waitForWork(): Promise<void> {
    this.#tellJobs();
    this.#reportSender.flush();
    this.#reportSender.ring(true);
    const receivedBytes = largeBytesGivenLately();
    const isLarge = receivedBytes + this.#reportSender.takeToldBytes() >= LARGE_BYTES;
    this.#letGoOfArguments(receivedBytes);
    // One that is kept for a certain job is rung for that whatever it does.
    const mayTake =
      !this.#draining &&
      this.#runner.running < this.#boot.concurrency &&
      !this.#reportSender.isStuck &&
      this.#order() === ChildOrder.Serve;
    const mayLook = mayTake && !this.#isSurplus();
    if (mayLook && this.#isInUse() && ((!isLarge && this.#spin()) || this.#rest())) return;
    failpoint('pool.idle');
    const { words } = this.#segment;
    const asleep = this.#block + CHILD_BLOCK.word.asleep;
    // SYNC: said before the last look; the parent publishes a job, or gives room back, before it looks who sleeps.
    // One that cannot take a job must not be rung for it in place of one that can.
    const stuck = this.#reportSender.isStuck;
    Atomics.store(words, asleep, stuck ? Sleep.ForRoom : mayTake ? Sleep.ForWork : Sleep.ForItsJobs);
    // SYNC: the same the other way round: a parent that waits for more results than there are does so while somebody is awake.
    this.#reportSender.ringIfUnread();
    const missed =
      (mayLook && this.#slots.hasWaiting()) || this.#mustDrainNow() || (stuck && this.#reportSender.flush());
    if (!missed) await this.#sleep();
    Atomics.store(words, asleep, Sleep.Awake);
  }

  /** The memory of large arguments, shown or their own, is used again for the next as soon as it is found unused. */
  #letGoOfArguments(receivedBytes: number): void {
    this.#argumentBytes += receivedBytes;
    if (this.#runner.running > 0) return;
    if (!hasShownLately() && this.#argumentBytes < WORTH_COLLECTING_BYTES) return;
    this.#argumentBytes = 0;
    scavenge();
  }

  #mustDrainNow(): boolean {
    return this.#mustDrain() && this.#runner.running === 0;
  }

  async #sleep(): Promise<void> {
    this.#listen();
    const idleMs = this.#boot.idleTimeoutMs;
    if (idleMs === 0 || this.#runner.running > 0) return this.#wakeUp.wait();
    const timer = setTimeout(() => this.drain(), idleMs);
    await this.#wakeUp.wait();
    clearTimeout(timer);
  }

  #listen(): void {
    if (this.#runner.running === 0) this.#doorbell.listen();
    else this.#deaf ??= setTimeout(() => this.#doorbell.listen(), DEAF_MS);
  }

  /** Was there a job lately, and has it left nothing that runs? */
  #isInUse(): boolean {
    return this.#runner.running === 0 && this.#runner.now() - this.#runner.lastEndedAt <= LATELY_MS;
  }

  /**
   * Sleeps for a moment where a parent that has a job wakes it at little cost.
   * @returns whether there may be a job
   */
  #rest(): boolean {
    const { memory, words } = this.#segment;
    // A parent that waits for many results would have to wake this process for each few jobs.
    if (this.#parentIsPatient()) return false;
    const asleep = this.#block + CHILD_BLOCK.word.asleep;
    // SYNC: said before the last look, as before a longer sleep.
    Atomics.store(words, asleep, Sleep.Briefly);
    failpoint('pool.resting');
    this.#reportSender.ringIfUnread();
    const missed = this.#slots.hasWaiting() || this.#mustDrainNow();
    const hasSlept = !missed && memory.sleepOnWord(asleep, Sleep.Briefly, REST_MS);
    const isWoken = Atomics.exchange(words, asleep, Sleep.Awake) === Sleep.Awake;
    return missed || (hasSlept && isWoken);
  }

  /** Looks for a job for a moment; one child at a time. */
  #spin(): boolean {
    const { words } = this.#segment;
    const spinner = this.#segment.word.shared + SHARED_WORDS.word.spinner;
    const began = this.#runner.now();
    if (Atomics.compareExchange(words, spinner, 0, this.#boot.child + 1) !== 0) return false;
    const found = this.#lookHard(began) || this.#nap(began);
    Atomics.compareExchange(words, spinner, this.#boot.child + 1, 0);
    return found;
  }

  #lookHard(began: number): boolean {
    let found = this.#slots.hasWaiting();
    if (found || !this.#credit.isWorthwhile()) return found;
    while (!found && this.#runner.now() - began < SPIN_MS) found = this.#slots.hasWaiting();
    // One that came so late had been there before: this process had to wait for a processor.
    if (found && this.#runner.now() - began < SPIN_MS) this.#credit.found();
    else this.#credit.missed();
    return found;
  }

  /** A parent that waits for many results brings many jobs at once. */
  #parentIsPatient(): boolean {
    return Atomics.load(this.#segment.words, POOL_HEADER.word.wakeAfter) >= MANY_RESULTS;
  }

  #nap(began: number): boolean {
    const isPatient = this.#parentIsPatient();
    let found = false;
    if (!isPatient && futex() !== undefined) return false;
    while (!found && this.#parentIsAwake() && this.#runner.now() - began < NAPPING_MS) {
      sleepSync(isPatient ? LONG_SLEEP_MS : SLEEP_MS);
      found = this.#slots.hasWaiting();
    }
    return found;
  }

  #parentIsAwake(): boolean {
    const parentAsleep = this.#segment.word.shared + SHARED_WORDS.word.parentAsleep;
    return Atomics.load(this.#segment.words, parentAsleep) === 0;
  }

  /** Waits until the parent has what it was told, then says goodbye. */
  async #leave(): Promise<void> {
    const { words } = this.#segment;
    Atomics.store(words, this.#block + CHILD_BLOCK.word.stage, ChildStage.Retired);
    this.#reportSender.flush();
    while (this.#reportSender.isStuck || this.#reportSender.hasLargeValues) {
      this.#doorbell.listen();
      this.#reportSender.ring(true);
      Atomics.store(words, this.#block + CHILD_BLOCK.word.asleep, Sleep.ForRoom);
      this.#reportSender.flush();
      if (this.#reportSender.isStuck || this.#reportSender.hasLargeValues) await this.#wakeUp.wait();
    }
    this.#reportSender.ring(true);
  }
}
