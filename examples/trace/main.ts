// A trace of what a pool does: a file for https://ui.perfetto.dev, in which each job is found once, and a report of one page.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProcessPool } from 'mproc-worker';
import { Sort } from './sort.worker.ts';

const folder = mkdtempSync(join(tmpdir(), 'traces-'));
const [file, html] = [join(folder, 'trace.json'), join(folder, 'report.html')];
await using pool = new ProcessPool(2);
{
  await using _trace = pool.trace(file, { html });
  await pool.map(new Sort(), [1_000, 2_000, 3_000]);
}
const { traceEvents } = JSON.parse(readFileSync(file, 'utf8')) as {
  traceEvents: { cat?: string; name: string; dur: number }[];
};
const runs = traceEvents.filter(({ cat }) => cat === 'run');
console.log(
  'runs',
  runs.length,
  runs[0]?.name,
  runs.every(({ dur }) => dur > 0),
);
console.log('a page', readFileSync(html, 'utf8').startsWith('<!doctype html>'));
rmSync(folder, { recursive: true });
