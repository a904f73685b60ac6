import type { BenchResult, Check } from './benchmark.js';

const WIDE = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 });

/** What a benchmark came to that has not come to its end. */
export interface FailedBenchmark {
  readonly name: string;
  readonly ratio: null;
  readonly ok: false;
  readonly error: string;
}

export function number(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : WIDE.format(value);
}

/** A goal as it is printed: where a benchmark has one alone, that of its result. */
type Printed = Pick<Check, 'against' | 'ratio' | 'ok' | 'sense'> & { readonly goal?: number };

function goalOf({ goal, sense, ratio, ok }: Printed): string {
  if (goal === undefined) return '';
  const atMost = sense === undefined ? Number(ratio) <= goal === ok : sense === 'at most';
  return `${atMost ? '<=' : '>='} ${number(goal)}`;
}

function checksOf(result: BenchResult | FailedBenchmark, against: string): readonly Printed[] {
  return ('checks' in result ? result.checks : undefined) ?? [{ ...result, against }];
}

/** What one benchmark found: its subjects, then its ratios beside their goals. */
export function printResult(result: BenchResult): void {
  console.log(`\n${result.name}`);
  const width = Math.max(0, ...result.rows.map(({ subject }) => subject.length));
  for (const { subject, value, unit } of result.rows)
    console.log(`  ${subject.padEnd(width)}  ${number(value).padStart(10)} ${unit}`);
  for (const check of checksOf(result, 'ratio'))
    console.log(`  ${check.ok ? '✓' : '✗'} ${check.against}: ${number(check.ratio)} (goal ${goalOf(check)})`);
  for (const note of result.notes ?? []) console.log(`  ${note}`);
  for (const { subject, error } of result.failures ?? []) console.log(`  ✗ ${subject} has failed: ${error}`);
}

export function printTable(results: readonly (BenchResult | FailedBenchmark)[]): void {
  const lines = results.flatMap((result) =>
    checksOf(result, '').map((check) => [
      result.name,
      check.against,
      number(check.ratio),
      goalOf(check),
      'error' in result ? result.error : check.ok ? 'reached' : 'missed',
    ]),
  );
  const header = ['benchmark', 'against', 'ratio', 'goal', ''];
  const rows = [header, ...lines];
  const widths = header.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  console.log('');
  for (const row of rows)
    console.log(
      row
        .map((text, at) => text.padEnd(widths[at]!))
        .join('  ')
        .trimEnd(),
    );
}
