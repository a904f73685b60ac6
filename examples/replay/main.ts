// A job that has failed is kept in a file, and `mproc replay` runs it again with the same arguments.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ProcessPool } from 'mproc-worker';
import { Mean } from './mean.worker.ts';

const folder = mkdtempSync(join(tmpdir(), 'failed-jobs-'));
await using pool = new ProcessPool({ processes: 2, keepFailed: { folder, most: 10 } });

const [good, bad] = await pool.map(new Mean(), [new Map([['a', 3n]]), new Map<string, bigint>()]);
console.log('good', good?.body);
console.log('bad', bad?.error?.message);

// In a shell: npx mproc replay <file>, or with --inspect-brk to stop in a debugger before the job.
const mproc = join(dirname(fileURLToPath(import.meta.resolve('mproc-worker'))), 'cli.js');
const replay = spawnSync(process.execPath, [mproc, 'replay', bad?.replayFile ?? ''], { encoding: 'utf8' });
console.log('replay', replay.status, /RangeError: .*/.exec(replay.stderr)?.[0]);
rmSync(folder, { recursive: true });
