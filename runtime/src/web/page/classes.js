import { BAR_BOUNDS } from '../../trace/bars.ts';
import { colourOf } from './colours.js';
import { $, element, keyed, makeRow, setCells } from './dom.js';
import { count, fine } from './format.js';

const COLUMNS = [
  { className: 'first' },
  ...['Succeeded', 'Failed', 'Crashed', 'Timed out', 'Run p50', 'Run p95', 'Run p99', 'Wait p95'].map(
    (label) => ({
      label,
      className: 'n',
    }),
  ),
  { label: 'How long attempts ran', className: 'full' },
];

/** The bound of the bar in which so many have been reached; the last bar has all that are longer. */
function percentile(bars, share) {
  const total = bars.reduce((sum, value) => sum + value, 0);
  let sum = 0;
  const at = bars.findIndex((value) => {
    sum += value;
    return sum >= share * total;
  });
  if (total === 0) return '-';
  return at === bars.length - 1 ? `>${fine(BAR_BOUNDS.at(-2))}` : `≤${fine(BAR_BOUNDS[at])}`;
}

export function showClasses(classes) {
  const rows = [...classes].sort(([a], [b]) => a.localeCompare(b));
  $('no-classes').hidden = rows.length > 0;
  $('class-table').hidden = rows.length === 0;
  keyed($('class-table').tBodies[0], rows, ([name]) => name, make, update);
}

function make([name]) {
  const row = makeRow(COLUMNS);
  const dot = element('i', { className: 'dot' });
  dot.style.background = colourOf(name);
  row.cells[0].append(dot, name);
  const bars = element('div', { className: 'bars', role: 'img' });
  for (const _ of BAR_BOUNDS) {
    const bar = element('i');
    bar.style.background = colourOf(name);
    bars.append(bar);
  }
  const scale = element('div', { className: 'scale' });
  for (const text of ['1µs', '180µs', '32ms', '5.6s']) scale.append(element('span', { text }));
  row.cells[9].append(bars, scale);
  return row;
}

function update(row, [name, { ok, error, crash, timeout, runBars, waitBars }]) {
  const run = (share) => percentile(runBars, share);
  setCells(row, [
    undefined,
    ...[ok, error, crash, timeout].map(count),
    ...[run(0.5), run(0.95), run(0.99), percentile(waitBars, 0.95)],
  ]);
  [error, crash, timeout].forEach((value, at) => {
    row.cells[2 + at].classList.toggle('bad', value > 0);
  });
  const bars = row.querySelector('.bars');
  bars.setAttribute('aria-label', `${name}: half of the attempts ran ${run(0.5)}, 99 of 100 ${run(0.99)}`);
  const most = Math.max(1, ...runBars);
  runBars.forEach((value, at) => {
    const bar = bars.children[at];
    // One is seen beside thousands.
    bar.style.height = value === 0 ? '0' : `${Math.max(6, (100 * value) / most)}%`;
    const bound =
      at === BAR_BOUNDS.length - 1
        ? `longer than ${fine(BAR_BOUNDS.at(-2))}`
        : `up to ${fine(BAR_BOUNDS[at])}`;
    bar.title = `${bound}: ${count(value)}`;
  });
}
