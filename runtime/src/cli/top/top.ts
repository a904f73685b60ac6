import { clearInterval, setInterval } from '../../clock/timers.js';
import { requestCancel } from '../../inspect/debugger/cancel.js';
import { dump } from '../../inspect/debugger/dump.js';
import { type PoolsReport, PoolWatch, type ProcessReport } from '../../inspect/pool-report.js';
import type { Key, Screen } from './screen.js';
import { clipped, linesOf, type Row, rowsOf, SORTS, type ViewState } from './view.js';

const EVERY_MS = 1_000;
const ONLY_STACK = {
  profileMs: undefined,
  heap: false,
  fileFor: () => '',
  signal: new AbortController().signal,
};

/** What keys do now: what is on the screen decides. */
type Mode = 'list' | 'filter' | 'cancel' | 'stack';

/** Shows all pools, looks again each second, and does what keys say, until it is to end. */
export class Top {
  readonly #screen: Screen;
  readonly #watch = new PoolWatch();
  readonly #end: () => void;
  #timer: NodeJS.Timeout | undefined;
  #report: PoolsReport = { pools: [], others: [] };
  #rows: readonly Row[] = [];
  #state: ViewState = { sort: 'pool', filter: '', selected: undefined, note: undefined };
  #mode: Mode = 'list';
  #stack: readonly string[] = [];
  /** What processes are asked, and have not answered: their debuggers are open. */
  readonly #asking = new Set<Promise<unknown>>();
  /** The job that the question is about. */
  #asked: { readonly children: readonly ProcessReport[]; readonly jobId: string } | undefined;

  /** @param end called once, when somebody wants it to end */
  constructor(screen: Screen, end: () => void) {
    this.#screen = screen;
    this.#end = end;
  }

  start(): void {
    this.#screen.enter(
      (key) => this.#onKey(key),
      () => this.#draw(),
      () => this.#end(),
    );
    this.#look();
    this.#timer = setInterval(() => this.#look(), EVERY_MS);
  }

  /** Resolves when nothing is open in any process. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#screen.leave();
    await Promise.allSettled(this.#asking);
  }

  #look(): void {
    this.#report = this.#watch.look({ withMemory: true });
    this.#arrange();
  }

  /** What is known is shown in another way. */
  #arrange(change: Partial<ViewState> = {}): void {
    this.#state = { ...this.#state, ...change };
    this.#rows = rowsOf(this.#report, this.#state);
    if (this.#selected === undefined) this.#state = { ...this.#state, selected: this.#rows[0]?.process.pid };
    this.#draw();
  }

  get #selected(): Row | undefined {
    return this.#rows.find(({ process }) => process.pid === this.#state.selected);
  }

  #draw(): void {
    const { columns, rows: lines } = this.#screen;
    const shown =
      this.#mode === 'stack'
        ? this.#stack.map((line) => clipped(line, columns))
        : linesOf(this.#report, this.#rows, this.#state, columns, lines);
    this.#screen.draw(shown);
  }

  #onKey(key: Key): void {
    if (key.ctrl && key.name === 'c') return this.#end();
    if (this.#mode === 'filter') return this.#onFilterKey(key);
    if (this.#mode === 'cancel') return this.#onAnswer(key);
    if (this.#mode === 'stack') return this.#backToList();
    switch (key.name ?? key.sequence) {
      case 'q':
        return this.#end();
      case 's':
        return this.#arrange({ sort: SORTS[(SORTS.indexOf(this.#state.sort) + 1) % SORTS.length]! });
      case 'up':
      case 'k':
        return this.#select(-1);
      case 'down':
      case 'j':
        return this.#select(1);
      case 'd':
        return void this.#showStack();
      case 'c':
        return this.#askToCancel();
      case 'escape':
        return this.#arrange({ filter: '', note: undefined });
      default:
        if (key.sequence === '/') this.#askForFilter();
    }
  }

  #backToList(): void {
    this.#mode = 'list';
    this.#arrange({ note: undefined });
  }

  #select(by: number): void {
    const at = this.#rows.findIndex(({ process }) => process.pid === this.#state.selected);
    const next = this.#rows[Math.max(0, Math.min(at + by, this.#rows.length - 1))];
    this.#arrange({ selected: next?.process.pid, note: undefined });
  }

  #askForFilter(): void {
    this.#mode = 'filter';
    this.#arrange({ filter: '', note: 'filter: ' });
  }

  #onFilterKey({ name, sequence }: Key): void {
    const { filter } = this.#state;
    if (name === 'return') return this.#backToList();
    if (name === 'escape') {
      this.#arrange({ filter: '' });
      return this.#backToList();
    }
    const next = name === 'backspace' ? filter.slice(0, -1) : filter + sequence.replace(/[^\x20-\x7e]/g, '');
    this.#arrange({ filter: next, note: `filter: ${next}` });
  }

  #askToCancel(): void {
    const row = this.#selected;
    if (row?.process.jobId == null) return this.#arrange({ note: 'this process runs no job' });
    const { pid, jobId, class: name } = row.process;
    this.#asked = { children: row.pool.processes, jobId };
    this.#mode = 'cancel';
    this.#arrange({ note: `cancel ${name} job ${jobId} of process ${pid}? y/n` });
  }

  #onAnswer({ sequence }: Key): void {
    const asked = this.#asked;
    this.#asked = undefined;
    this.#backToList();
    if (sequence.toLowerCase() !== 'y' || asked === undefined) return this.#arrange({ note: 'not canceled' });
    this.#arrange({ note: `asking for the end of job ${asked.jobId} ...` });
    this.#during(requestCancel(asked.children, asked.jobId)).then(
      () => this.#arrange({ note: `the program was asked to cancel job ${asked.jobId}` }),
      (error: Error) => this.#arrange({ note: `not canceled: ${error.message}` }),
    );
  }

  async #showStack(): Promise<void> {
    const row = this.#selected;
    if (row === undefined) return;
    const { pid, jobId, class: name } = row.process;
    const head = `process ${pid}${jobId === null ? '' : `, ${name} job ${jobId}`}`;
    this.#showText([head, 'asking ...']);
    const lines = await this.#during(dump(pid, ONLY_STACK)).then(
      ({ stack }) => (stack === '' ? ['no JavaScript runs: it waits in its event loop'] : stack.split('\n')),
      (error: Error) => [error.message],
    );
    if (this.#mode === 'stack')
      this.#showText([head, ...lines.map((line) => `  ${line}`), '', 'any key: back']);
  }

  #during<T>(asking: Promise<T>): Promise<T> {
    this.#asking.add(asking);
    const over = () => this.#asking.delete(asking);
    asking.then(over, over);
    return asking;
  }

  #showText(lines: readonly string[]): void {
    this.#mode = 'stack';
    this.#stack = lines;
    this.#draw();
  }
}
