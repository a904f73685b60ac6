// How the cost grows: with the number of jobs, with their size, with the number of processes.
// Writes docs/images/*.svg and the tables of docs/performance.md; `--quick` measures less and only prints.
import type { Curve, DrawnCurve } from './growth/curve.js';
import { jobs } from './growth/jobs.js';
import { payload } from './growth/payload.js';
import { processes } from './growth/processes.js';
import { tableOf, writeCurves } from './growth/report.js';
import type { BenchOptions, BenchResult, Row } from './measure/benchmark.js';
import { alternate, median } from './measure/rounds.js';
import { roundsOf } from './measure/size.js';
import type { Line, Point } from './plot/chart.js';

export async function run(options: BenchOptions): Promise<BenchResult | undefined> {
  const curves: DrawnCurve[] = [];
  for (const curve of [jobs, payload, processes])
    curves.push({ curve, lines: await linesOf(curve, options) });
  if ((options.scale ?? 1) >= 1) writeCurves(curves, commandOf(options));
  if (options.json)
    return {
      name: 'curves',
      ratio: null,
      ok: true,
      rows: curves.flatMap(({ curve, lines }) => lines.flatMap((line) => rowsOfLine(curve, line))),
    };
  for (const { curve, lines } of curves) console.log(`\n${curve.title}\n\n${tableOf(curve, lines)}`);
  return undefined;
}

/** As it was given, so that few rounds are not taken for many. */
function commandOf({ rounds, full }: BenchOptions): string {
  const flags = [rounds === undefined ? '' : ` --rounds ${rounds}`, full ? ' --full' : ''];
  return `npm run bench -- curves${flags.join('')}`;
}

async function linesOf(curve: Curve, options: BenchOptions): Promise<Line[]> {
  const lines = curve.names.map((name) => ({ name, points: [] as Point[] }));
  for (const x of curve.points(options)) {
    const rounds = curve.rounds(x, roundsOf(options, 3));
    const values = await alternate(curve.subjects(x, options), rounds);
    for (const { name, points } of lines) {
      const measured = values[name];
      if (measured !== undefined && measured.length > 0) points.push([x, median(measured)]);
    }
  }
  return lines;
}

function rowsOfLine(curve: Curve, { name, points }: Line): Row[] {
  return points.map(([x, value]) => ({
    subject: `${name}, ${curve.x.format(x)} ${curve.x.label}`,
    value,
    unit: curve.y.label,
  }));
}
