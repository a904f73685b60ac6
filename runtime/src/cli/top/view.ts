import type { PoolReport, PoolsReport, ProcessReport } from '../../inspect/pool-report.js';
import { figuresLine, poolLine, processHead, processLine } from '../pool-lines.js';
import { PLAIN, REVERSE } from './screen.js';

export const SORTS = ['pool', 'cpu', 'memory', 'time', 'jobs'] as const;
export type Sort = (typeof SORTS)[number];

/** A process, and the pool that it is of. */
export interface Row {
  readonly pool: PoolReport;
  readonly process: ProcessReport;
}

export interface ViewState {
  readonly sort: Sort;
  readonly filter: string;
  /** Pid of the process that keys are about. */
  readonly selected: number | undefined;
  /** In place of the list of keys: a question, or what came of one. */
  readonly note: string | undefined;
}

const KEYS = 'q quit  s sort  / filter  up/down select  d stack  c cancel job';

/** The processes that the filter leaves, in the order that is asked for. */
export function rowsOf({ pools }: PoolsReport, { sort, filter }: Pick<ViewState, 'sort' | 'filter'>): Row[] {
  const rows = pools.flatMap((pool) => pool.processes.map((process) => ({ pool, process })));
  const wanted = filter.toLowerCase();
  const left = rows.filter(({ pool, process }) => textOf(pool, process).includes(wanted));
  if (sort === 'pool') return left;
  return left.sort((a, b) => keyOf(b.process, sort) - keyOf(a.process, sort));
}

function textOf({ program, pid }: PoolReport, process: ProcessReport): string {
  const { class: name, jobId, state } = process;
  return `${program} ${pid} ${process.pid} ${state} ${name ?? ''} ${jobId ?? ''}`.toLowerCase();
}

function keyOf({ cpu, pssBytes, runningMs, jobs }: ProcessReport, sort: Sort): number {
  switch (sort) {
    case 'cpu':
      return cpu ?? -1;
    case 'memory':
      return pssBytes ?? -1;
    case 'time':
      return runningMs ?? -1;
    default:
      return jobs;
  }
}

/** What is on the screen: so many lines, none longer than its width. */
export function linesOf(
  report: PoolsReport,
  rows: readonly Row[],
  state: ViewState,
  columns: number,
  lines: number,
): string[] {
  const above = [headOf(report, state), ...poolLines(report, rows, state, lines), processHead()];
  const room = Math.max(0, lines - above.length - 1);
  const first = firstShown(rows, state, room);
  const shown = rows.slice(first, first + room).map(({ process }) => {
    const line = clipped(processLine(process), columns);
    return process.pid === state.selected ? reversed(line) : line;
  });
  const blank = Array.from({ length: room - shown.length }, () => '');
  const foot = reversed(clipped(state.note ?? KEYS, columns));
  return [...above.map((line) => clipped(line, columns)), ...shown, ...blank, foot].slice(-lines);
}

/** Pools are told of in less than half of the screen, whatever their number. */
function poolLines(
  report: PoolsReport,
  rows: readonly Row[],
  { filter }: ViewState,
  lines: number,
): string[] {
  const left = new Set(rows.map(({ pool }) => pool));
  const pools = report.pools.filter((pool) => filter === '' || left.has(pool));
  const shown = pools.slice(0, Math.max(0, Math.floor((lines - 4) / 5)));
  const more = pools.length > shown.length ? [`and ${pools.length - shown.length} more pools`] : [];
  return [...shown.flatMap((pool) => [poolLine(pool), figuresLine(pool)]), ...more];
}

function reversed(line: string): string {
  return `${REVERSE}${line}${PLAIN}`;
}

function headOf({ pools, others }: PoolsReport, { sort, filter }: ViewState): string {
  const processes = pools.reduce((sum, pool) => sum + pool.processes.length, 0);
  const waiting = pools.reduce((sum, pool) => sum + pool.waiting, 0);
  const left = others.length === 0 ? '' : `, ${others.length} left alone`;
  const filtered = filter === '' ? '' : `  filter: ${filter}`;
  return `mproc top: ${pools.length} pools${left}, ${processes} processes, ${waiting} waiting  sort: ${sort}${filtered}`;
}

/** The rows around the selected one, as many as there is room for. */
function firstShown(rows: readonly Row[], { selected }: ViewState, room: number): number {
  const at = rows.findIndex(({ process }) => process.pid === selected);
  return Math.max(0, Math.min(at - Math.floor(room / 2), rows.length - room));
}

/** Without anything that is wider than a column. */
export function clipped(text: string, columns: number): string {
  const plain = text.replace(/[^\x20-\x7e]/g, '?');
  return plain.length > columns ? `${plain.slice(0, columns - 1)}>` : plain;
}
