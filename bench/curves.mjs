// How the cost grows: with the number of jobs, with their size, with the number of processes.
// Writes docs/images/*.svg and the tables of docs/performance.md; `--quick` measures less and only prints.
import { jobs } from './growth/jobs.mjs';
import { payload } from './growth/payload.mjs';
import { processes } from './growth/processes.mjs';
import { tableOf, writeCurves } from './growth/report.mjs';
import { alternate, median } from './measure/rounds.mjs';
import { roundsOf } from './measure/size.mjs';

export async function run(options) {
  const curves = [];
  for (const curve of [jobs, payload, processes])
    curves.push({ curve, lines: await linesOf(curve, options) });
  if ((options.scale ?? 1) >= 1) writeCurves(curves, commandOf(options));
  if (!options.json)
    for (const { curve, lines } of curves) console.log(`\n${curve.title}\n\n${tableOf(curve, lines)}`);
  else
    return {
      name: 'curves',
      ratio: null,
      ok: true,
      rows: curves.flatMap(({ curve, lines }) => lines.flatMap((line) => rowsOfLine(curve, line))),
    };
}

/** As it was given, so that few rounds are not taken for many. */
function commandOf({ rounds, full }) {
  const flags = [rounds === undefined ? '' : ` --rounds ${rounds}`, full ? ' --full' : ''];
  return `npm run bench -- curves${flags.join('')}`;
}

async function linesOf(curve, options) {
  const lines = curve.names.map((name) => ({ name, points: [] }));
  for (const x of curve.points(options)) {
    const rounds = curve.rounds(x, roundsOf(options, 3));
    const values = await alternate(curve.subjects(x, options), rounds);
    for (const line of lines)
      if (values[line.name] !== undefined) line.points.push([x, median(values[line.name])]);
  }
  return lines;
}

function rowsOfLine(curve, { name, points }) {
  return points.map(([x, value]) => ({
    subject: `${name}, ${curve.x.format(x)} ${curve.x.label}`,
    value,
    unit: curve.y.label,
  }));
}
