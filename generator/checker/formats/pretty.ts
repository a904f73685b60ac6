import type { FixableFinding } from '../findings.js';
import { pageOf } from './pages.js';
import { nothingToCheck, type Report } from './report.js';

export interface PrettyOptions {
  readonly colors: boolean;
}

type Paint = (text: string) => string;

interface Palette {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly yellow: Paint;
  readonly green: Paint;
}

function palette(colors: boolean): Palette {
  const paint =
    (open: number, close: number): Paint =>
    (text) =>
      colors ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    yellow: paint(33, 39),
    green: paint(32, 39),
  };
}

/** For people: a block per finding, then a line that sums up. */
export function formatPretty(report: Report, options: PrettyOptions): string {
  const colors = palette(options.colors);
  const blocks = report.findings.map((finding) => block(finding, colors));
  return `${[...blocks, summary(report, colors)].join('\n')}\n`;
}

function block(finding: FixableFinding, { bold, dim, red, yellow }: Palette): string {
  const { file, line, column, severity, rule, message, clause, fixable } = finding;
  const paint = severity === 'error' ? red : yellow;
  const end = fixable ? dim(' [--fix]') : finding.suggestion.length > 0 ? dim(' [--fix-suggested]') : '';
  const url = pageOf(rule);
  const page = url === undefined ? '' : ` See ${url}`;
  return `${bold(`${file}:${line}:${column}`)} ${paint(severity)} ${rule}${end}\n  ${message}\n  ${dim(`${clause}${page}`)}\n`;
}

function summary(report: Report, { green, red, yellow, dim }: Palette): string {
  const errors = report.findings.filter(({ severity }) => severity === 'error').length;
  const warnings = report.findings.length - errors;
  const nothing = nothingToCheck(report);
  const found = [
    ...(errors > 0 ? [red(counted(errors, 'error'))] : nothing === undefined ? [green('no errors')] : []),
    ...(warnings > 0 ? [yellow(counted(warnings, 'warning'))] : []),
    ...(report.fixed > 0 ? [green(`${report.fixed} fixed`)] : []),
    ...(report.known > 0 ? [dim(`${report.known} in the baseline`)] : []),
  ].join(', ');
  if (nothing !== undefined) return [found, yellow(nothing)].filter((part) => part !== '').join('; ');
  const { workers, listeners, queues, strategies } = report.checked;
  const subjects = [
    counted(workers, 'worker'),
    counted(listeners, 'listener file'),
    counted(queues, 'queue'),
    strategies === 1 ? '1 strategy' : `${strategies} strategies`,
  ].join(', ');
  const { compilerMs, rulesMs } = report.tiers;
  const times = `compiler ${Math.round(compilerMs)} ms, rules ${Math.round(rulesMs)} ms`;
  return `${found} in ${subjects} ${dim(`(${times}; behaviour: npm test)`)}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
