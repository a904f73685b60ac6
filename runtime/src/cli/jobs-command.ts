import { defineCommand } from 'citty';
import { wallClockMs } from '../clock/wall-clock-ms.js';
import type { HistoryFilter } from '../contracts/queue.js';
import {
  type KeptJob,
  keptJob,
  keptJobs,
  openHistories,
  type WholeJob,
  wholeJob,
} from '../inspect/queues/kept-jobs.js';
import { millisecondsOf } from './milliseconds-of.js';
import { duration } from './pool-lines.js';
import { listOf, QUEUE_ARGS, queueChoice, useQueues, valuesOf, wholeOf } from './queue-args.js';

const ARGS = {
  ids: {
    type: 'positional',
    description: 'Ids of jobs, with commas: shows all that is kept of them',
    required: false,
  },
  ...QUEUE_ARGS,
  name: { ...QUEUE_ARGS.name, description: 'Name of the queue that keeps them', valueHint: 'history' },
  state: {
    type: 'string',
    description: 'Only those that succeeded, or those that failed',
    valueHint: 'ok|failed',
  },
  error: { type: 'string', description: 'Only those whose error has this text', valueHint: 'text' },
  older: { type: 'string', description: 'Only those answered longer ago: 2h, 7d', valueHint: '2h' },
  newer: { type: 'string', description: 'Only those answered within that time', valueHint: '2h' },
  limit: { type: 'string', description: 'How many at most', default: '100', valueHint: 'n' },
} as const;

export const jobsCommand = defineCommand({
  meta: { name: 'jobs', description: 'List answered jobs that the option keep of pools has had kept.' },
  args: ARGS,
  async run({ args, rawArgs }) {
    const limit = wholeOf('--limit', args.limit);
    const ids = listOf(args.ids ?? '');
    const filter = filterOf(args, valuesOf('class', rawArgs), ids);
    const histories = await openHistories(queueChoice(args, rawArgs));
    const found = await useQueues(histories, (opened) => keptJobs(opened, { ...filter, limit: limit + 1 }));
    const jobs = found.slice(0, limit);
    const more = found.length > limit;
    if (ids.length > 0 && jobs.length === 0)
      throw new Error(`no answered job has the id ${ids.join(', ')}; mproc jobs shows them`);
    const shown = ids.length > 0 ? jobs.map(wholeJob) : jobs.map(keptJob);
    if (args.json) return void process.stdout.write(`${JSON.stringify({ jobs: shown, more })}\n`);
    if (ids.length > 0) process.stdout.write((shown as WholeJob[]).map(pageOf).join('\n'));
    else process.stdout.write(shown.length === 0 ? 'no answered jobs\n' : shown.map(lineOf).join(''));
    if (more) process.stdout.write(`and more: --limit ${limit * 10} lists them\n`);
  },
});

type Given = { readonly [Name in 'state' | 'error' | 'older' | 'newer']?: string | undefined };

/** @throws Error in one line */
function filterOf(
  { state, error, older, newer }: Given,
  kinds: readonly string[],
  ids: readonly string[],
): HistoryFilter {
  if (state !== undefined && state !== 'ok' && state !== 'failed')
    throw new Error(`--state takes ok or failed; received ${state}`);
  const now = wallClockMs();
  return {
    ...(kinds.length > 0 && { kinds }),
    ...(ids.length > 0 && { ids }),
    ...(state !== undefined && { ok: state === 'ok' }),
    ...(error !== undefined && { error }),
    ...(older !== undefined && { until: now - millisecondsOf('--older', older) }),
    ...(newer !== undefined && { since: now - millisecondsOf('--newer', newer) }),
  };
}

function tries(attempts: number): string {
  return `${attempts} attempt${attempts === 1 ? '' : 's'}`;
}

function lineOf({ jobId, class: name, state, attempts, runMs, ageMs, error }: KeptJob): string {
  const ran = runMs === null ? '' : `, ran ${duration(runMs)}`;
  const line = `${jobId}  ${name} ${state} (${tries(attempts)}${ran}, ${duration(ageMs)} ago)\n`;
  return error === null ? line : `${line}    ${error}\n`;
}

function pageOf(job: WholeJob): string {
  const lines: [string, unknown][] = [
    ['job', job.jobId],
    ['class', job.class],
    ['state', job.state],
    ['attempts', job.attempts],
    ['error', job.error],
    ['host', job.host],
    ['put', job.putAt],
    ['answered', job.answeredAt],
  ];
  const known = lines.filter(([, value]) => value !== null);
  const text = job.text.split('\n').map((line) => `    ${line}`);
  return `${known.map(([what, value]) => `${what.padEnd(9)} ${value}\n`).join('')}kept\n${text.join('\n')}\n`;
}
