const WIDE = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 });

export function number(value) {
  return value === null || value === undefined ? '–' : WIDE.format(value);
}

function goalOf({ goal, sense, ratio, ok }) {
  if (typeof goal !== 'number') return goal ?? '';
  const atMost = sense === undefined ? ratio <= goal === ok : sense === 'at most';
  return `${atMost ? '<=' : '>='} ${number(goal)}`;
}

/** What one benchmark found: its subjects, then its ratios beside their goals. */
export function printResult(result) {
  console.log(`\n${result.name}`);
  const width = Math.max(0, ...result.rows.map(({ subject }) => subject.length));
  for (const { subject, value, unit } of result.rows)
    console.log(`  ${subject.padEnd(width)}  ${number(value).padStart(10)} ${unit}`);
  for (const check of result.checks ?? [{ ...result, against: 'ratio' }])
    console.log(`  ${check.ok ? '✓' : '✗'} ${check.against}: ${number(check.ratio)} (goal ${goalOf(check)})`);
  for (const note of result.notes ?? []) console.log(`  ${note}`);
}

export function printTable(results) {
  const lines = results.flatMap((result) =>
    (result.checks ?? [{ ...result, against: '' }]).map((check) => [
      result.name,
      check.against,
      number(check.ratio),
      goalOf(check),
      result.error ?? (check.ok ? 'reached' : 'missed'),
    ]),
  );
  const rows = [['benchmark', 'against', 'ratio', 'goal', ''], ...lines];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  console.log('');
  for (const row of rows)
    console.log(
      row
        .map((text, at) => text.padEnd(widths[at]))
        .join('  ')
        .trimEnd(),
    );
}
