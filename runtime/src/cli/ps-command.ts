import { defineCommand } from 'citty';
import { setTimeout } from '../clock/timers.js';
import { mustHaveProc } from '../inspect/must-have-proc.js';
import { type PoolsReport, PoolWatch } from '../inspect/pool-report.js';
import { poolLines } from './pool-lines.js';

/** How long the use of processors is watched, in milliseconds. */
const WATCHED_MS = 150;

export const psCommand = defineCommand({
  meta: { name: 'ps', description: 'List the pools of this user: what runs, what waits, what died.' },
  args: { json: { type: 'boolean', description: 'Print the list as JSON' } },
  async run({ args }) {
    const report = await look();
    process.stdout.write(args.json ? `${JSON.stringify(report)}\n` : textOf(report));
  },
});

/** Twice, as the use of a processor is a difference. */
async function look(): Promise<PoolsReport> {
  mustHaveProc('ps');
  const watch = new PoolWatch();
  if (watch.look({ withMemory: false }).pools.length > 0)
    await new Promise((resolve) => setTimeout(resolve, WATCHED_MS));
  return watch.look({ withMemory: true });
}

function textOf({ pools, others }: PoolsReport): string {
  if (pools.length === 0 && others.length === 0) return 'no pools of mproc-worker\n';
  const lines = pools.flatMap((pool) => [...poolLines(pool), '']);
  const notes = others.map(({ pid, program, problem }) => `pid ${pid} ${program}: ${problem}`);
  return `${[...lines, ...notes].join('\n').trimEnd()}\n`;
}
