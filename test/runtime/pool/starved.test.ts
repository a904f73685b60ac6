import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { moduleWorker, ProcessPool } from 'mproc-worker';
import { expect, test } from 'vitest';

const hasTaskset = spawnSync('taskset', ['--version']).status === 0;
if (!hasTaskset) console.log('starved: skipped, as this machine has no taskset');

test.skipIf(!hasTaskset)(
  'a module that has to wait for a processor while it loads is not given up',
  async () => {
    const [, cpu = '0'] =
      /^Cpus_allowed_list:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    const busy = spawn('taskset', ['-c', cpu, process.execPath, '-e', 'for (;;);'], { stdio: 'ignore' });
    try {
      Object.assign(process.env, { STARVED_CPU: cpu, STARVED_BY: String(busy.pid) });
      const same = moduleWorker<number, number>(new URL('./starved.mjs', import.meta.url), 'same');
      await using pool = new ProcessPool({ processes: 1 });
      expect(await pool.run(same, 7, { timeoutMs: 1_500 })).toMatchObject({ ok: true, body: 7 });
    } finally {
      busy.kill('SIGKILL');
    }
  },
);
