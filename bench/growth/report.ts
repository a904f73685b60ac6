import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describeMachine, load } from '../measure/machine.js';
import { number } from '../measure/table.js';
import { drawChart, type Line } from '../plot/chart.js';
import type { Curve, DrawnCurve } from './curve.js';

const DOCS = new URL('../../docs/', import.meta.url);
const BEGIN = '<!-- curves: written by `npm run bench -- curves` -->';
const END = '<!-- end of curves -->';

/** Draws the pictures, and writes the tables into docs/performance.md between two marks. */
export function writeCurves(curves: readonly DrawnCurve[], command: string): void {
  mkdirSync(new URL('images/', DOCS), { recursive: true });
  for (const { curve, lines } of curves)
    writeFileSync(new URL(`images/${curve.file}`, DOCS), drawChart({ ...curve, series: lines }));
  const page = new URL('performance.md', DOCS);
  const text = readFileSync(page, 'utf8');
  const from = text.indexOf(BEGIN);
  const to = text.indexOf(END);
  if (from === -1 || to < from) throw new Error(`docs/performance.md must hold ${BEGIN} and ${END}`);
  const machine = `Drawn by \`${command}\` on ${describeMachine()}, with a load of ${load()} when it ended.`;
  const body = [BEGIN, machine, ...curves.map(section)].join('\n\n');
  writeFileSync(page, `${text.slice(0, from)}${body}\n\n${text.slice(to)}`);
}

function section({ curve, lines }: DrawnCurve): string {
  return `![${curve.title}](images/${curve.file})\n\n${tableOf(curve, lines)}`;
}

export function tableOf(curve: Curve, lines: readonly Line[]): string {
  const xs = [...new Set(lines.flatMap(({ points }) => points.map(([x]) => x)))];
  const at = (line: Line, x: number): number | undefined => line.points.find(([px]) => px === x)?.[1];
  return [
    `| ${curve.x.label} | ${lines.map(({ name }) => `${name}, ${curve.y.label}`).join(' | ')} |`,
    `| ---: | ${lines.map(() => '---:').join(' | ')} |`,
    ...xs.map((x) => `| ${curve.x.format(x)} | ${lines.map((line) => number(at(line, x))).join(' | ')} |`),
  ].join('\n');
}
