import type { PoolReport, PoolsReport } from '../inspect/pool-report.js';
import type { QueueReport } from '../inspect/queues/queue-report.js';

type Labels = Readonly<Record<string, string | number>>;
type Sample = readonly [labels: Labels, value: number | null];

/** Metrics in the text format of Prometheus. */
export function metricsText({ pools }: PoolsReport, queues: readonly QueueReport[]): string {
  const ofPools = (value: (pool: PoolReport) => number | null) =>
    pools.map((pool): Sample => [labelsOf(pool), value(pool)]);
  const processes = pools.flatMap((pool) =>
    pool.processes.map((process) => ({ labels: { ...labelsOf(pool), process: process.pid }, process })),
  );
  const states = ['starting', 'idle', 'loading', 'running', 'ending', 'stopped'];
  return [
    family(
      'mproc_jobs_waiting',
      'gauge',
      'Jobs that no process has begun.',
      ofPools((pool) => pool.waiting),
    ),
    family(
      'mproc_oldest_waiting_seconds',
      'gauge',
      'How long the oldest of them has waited; 0 where none waits.',
      ofPools((pool) => (pool.oldestWaitingMs ?? 0) / 1_000),
    ),
    family(
      'mproc_jobs_delayed',
      'gauge',
      'Failed jobs that wait for their next attempt.',
      ofPools((pool) => pool.delayed),
    ),
    family(
      'mproc_jobs_answered_total',
      'counter',
      'Jobs that have their response.',
      ofPools((pool) => pool.answered),
    ),
    family(
      'mproc_jobs_failed_total',
      'counter',
      'Responses with an error.',
      ofPools((pool) => pool.failed),
    ),
    family(
      'mproc_memory_bytes',
      'gauge',
      'Room for arguments.',
      ofPools((pool) => pool.memory.bytes),
    ),
    family(
      'mproc_memory_used_bytes',
      'gauge',
      'Use of it.',
      ofPools((pool) => pool.memory.usedBytes),
    ),
    family(
      'mproc_processes',
      'gauge',
      'Processes by their state.',
      pools.flatMap((pool) =>
        states.map(
          (state): Sample => [
            { ...labelsOf(pool), state },
            pool.processes.filter((process) => process.state === state).length,
          ],
        ),
      ),
    ),
    family(
      'mproc_process_restarts_total',
      'counter',
      'Processes that were replaced.',
      ofPools((pool) => pool.processes.reduce((sum, { restarts }) => sum + restarts, 0)),
    ),
    family(
      'mproc_process_pss_bytes',
      'gauge',
      'Memory of a process; shared pages count in parts.',
      processes.map(({ labels, process }): Sample => [labels, process.pssBytes]),
    ),
    family(
      'mproc_process_running_seconds',
      'gauge',
      'How long the job of a process has been running; 0 where it has none.',
      processes.map(({ labels, process }): Sample => [labels, (process.runningMs ?? 0) / 1_000]),
    ),
    family(
      'mproc_queue_jobs',
      'gauge',
      'Values of a queue by their state.',
      queues.filter(({ problem }) => problem === null).flatMap(queueSamples),
    ),
    family(
      'mproc_queue_up',
      'gauge',
      '1 where the engine of the queue answers.',
      queues.map(({ name, problem }): Sample => [{ queue: name }, problem === null ? 1 : 0]),
    ),
  ].join('');
}

function labelsOf({ id, pid, program }: PoolReport): Labels {
  return { pool: id, pid, program };
}

function queueSamples({ name, ready, delayed, leased, dead }: QueueReport): Sample[] {
  return Object.entries({ ready, delayed, leased, dead }).map(([state, count]) => [
    { queue: name, state },
    count,
  ]);
}

function family(name: string, type: 'gauge' | 'counter', help: string, samples: readonly Sample[]): string {
  const known = samples.filter(([, value]) => value !== null);
  if (known.length === 0) return '';
  const lines = known.map(([labels, value]) => `${name}{${labelText(labels)}} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function labelText(labels: Labels): string {
  const escaped = (value: string | number) =>
    String(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',');
}
