import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  lstatSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import type { CleanEntry } from '../../../runtime/src/cli/clean.js';
import { SharedMemoryQueue } from '../../../runtime/src/queues/index.js';
import { pidNamespace } from '../../../runtime/src/queues/shared-memory/process-identity.js';
import { SEGMENT_FOLDER } from '../../../runtime/src/segment/shared-folder.js';
import { until } from '../pool/prove-pool.js';

const main = fileURLToPath(new URL('../../../runtime/dist/cli.js', import.meta.url));
const churn = fileURLToPath(new URL('../../chaos/programs/churn.mjs', import.meta.url));
const prefix = `clean-${process.pid}`;
const made: string[] = [];

afterEach(() => {
  for (const path of made.splice(0)) rmSync(path, { force: true });
});

function pathOf(name: string): string {
  const path = `${SEGMENT_FOLDER}/mproc-q-${name}`;
  made.push(path);
  return path;
}

function runClean(...flags: string[]): CleanEntry[] {
  const run = spawnSync(process.execPath, [main, 'clean', '--json', ...flags], {
    encoding: 'utf8',
  });
  expect(run.stderr).toBe('');
  expect(run.status).toBe(0);
  return (JSON.parse(run.stdout) as { entries: CleanEntry[] }).entries;
}

function entryOf(entries: readonly CleanEntry[], path: string): CleanEntry | undefined {
  return entries.find((entry) => entry.path === path);
}

/** Starts a cleaner that stops itself, or is killed, at a failpoint; resolves when it has. */
async function startClean(failpoint: string): Promise<{ entries: Promise<CleanEntry[]>; pid: number }> {
  const child = spawn(process.execPath, [main, 'clean', '--json'], {
    env: { ...process.env, MPROC_FAILPOINT: failpoint },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pid = child.pid!;
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const closed = once(child, 'close');
  const entries = closed.then(() => (JSON.parse(text) as { entries: CleanEntry[] }).entries);
  entries.catch(() => {});
  if (failpoint.includes('SIGKILL')) await closed;
  else await until(() => isStopped(pid));
  return { entries, pid };
}

function isStopped(pid: number): boolean {
  return / T /.test(readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/\(.*\)/s, ''));
}

const LARGE = 4_000_000;

const PUT_AND_END = `
  const { SharedMemoryQueue } = await import('mproc-worker');
  await new SharedMemoryQueue(process.argv[1]).put('x'.repeat(${LARGE}));
  process.exit();`;

/** A queue with a large value in it that a process has left which has ended. */
async function leaveQueue(name: string): Promise<{ path: string; large: string }> {
  const path = pathOf(name);
  const child = spawn(process.execPath, ['--input-type=module', '-e', PUT_AND_END, name], {
    stdio: 'inherit',
  });
  await once(child, 'exit');
  const large = `${path}~x${child.pid}-1`;
  made.push(large);
  expect(existsSync(path) && existsSync(large)).toBe(true);
  return { path, large };
}

async function leaveQueueOfDeadProcess(name: string): Promise<number> {
  const child = spawn(process.execPath, [churn, name, '/dev/null', 'x', '20'], {
    env: { ...process.env, MPROC_FAILPOINT: 'queue.large-value-written:SIGKILL:2' },
  });
  await once(child, 'exit');
  return child.pid ?? 0;
}

test('what dead processes left is removed, with the files of its large values', async () => {
  const path = pathOf(`${prefix}-dead`);
  const pid = await leaveQueueOfDeadProcess(`${prefix}-dead`);
  const large = `${path}~x${pid}-2`;
  made.push(large);
  expect(existsSync(path) && existsSync(large)).toBe(true);

  expect(entryOf(runClean('--dry-run'), path)).toMatchObject({
    kind: 'queue',
    action: 'would-remove',
    pids: [],
  });
  expect(existsSync(path)).toBe(true);

  const entries = runClean();
  expect(entryOf(entries, path)).toMatchObject({ action: 'removed' });
  expect(entryOf(entries, large)).toMatchObject({ kind: 'large-value', action: 'removed' });
  expect(existsSync(path) || existsSync(large)).toBe(false);
});

test('a queue that a living process has open is listed with its pid and never touched', async () => {
  const path = pathOf(`${prefix}-alive`);
  const queue = new SharedMemoryQueue(`${prefix}-alive`);
  try {
    await queue.put(['kept', 'x'.repeat(4_000_000)]);
    expect(entryOf(runClean(), path)).toMatchObject({ action: 'kept', pids: [process.pid] });
    expect((await queue.getAll()).map(String).map((text) => text.length)).toEqual([4, 4_000_000]);
  } finally {
    await queue.destroy();
  }
});

test('what a dead process was making is removed, what a living one makes is kept', () => {
  const dead = pathOf(`${prefix}~new999999999-1`);
  const alive = pathOf(`${prefix}~new${process.pid}-1`);
  for (const path of [dead, alive]) writeFileSync(path, '');
  const entries = runClean();
  expect(entryOf(entries, dead)).toMatchObject({ kind: 'unfinished', action: 'removed' });
  expect(entryOf(entries, alive)).toMatchObject({ kind: 'unfinished', action: 'kept' });
});

test('what a process of another pid namespace may still use is kept', () => {
  const unfinished = pathOf(`${prefix}~new999999999-1-77`);
  const large = pathOf('private-77-999999999-1~x999999999-1');
  const dead = pathOf(`private-${pidNamespace()}-999999999-1~x999999999-1`);
  for (const path of [unfinished, large, dead]) writeFileSync(path, '');
  const entries = runClean();
  const reason = 'process 999999999 of another pid namespace made it';
  expect(entryOf(entries, unfinished)).toMatchObject({ action: 'kept', reason });
  expect(entryOf(entries, large)).toMatchObject({ action: 'kept', reason });
  expect(entryOf(entries, dead)).toMatchObject({ action: 'removed' });
});

test.each([
  ['the segment of a pool whose process died before it could unlink it', 'abc-1'],
  ['an array or large value, which is a file on macOS,', 'shared-1'],
])('%s is removed', (_, rest) => {
  const dead = `${SEGMENT_FOLDER}/mproc-999999999-${rest}`;
  const alive = `${SEGMENT_FOLDER}/mproc-${process.pid}-${rest}`;
  made.push(dead, alive);
  for (const path of [dead, alive]) writeFileSync(path, '');
  const entries = runClean();
  expect(entryOf(entries, dead)).toMatchObject({ kind: 'pool', action: 'removed' });
  expect(entryOf(entries, alive)).toMatchObject({ kind: 'pool', action: 'kept' });
});

test('a link, and a file that holds no queue, are kept and told of', () => {
  const link = pathOf(`${prefix}-link`);
  const foreign = pathOf(`${prefix}-foreign`);
  symlinkSync('/etc/hostname', link);
  writeFileSync(foreign, Buffer.alloc(65_536), { mode: 0o600 });
  const entries = runClean();
  expect(entryOf(entries, link)).toMatchObject({ action: 'kept', reason: expect.stringContaining('ELOOP') });
  expect(entryOf(entries, foreign)).toMatchObject({ action: 'kept' });
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
});

test('without --json it prints one line for each file', () => {
  const dead = pathOf(`${prefix}~new999999999-2`);
  writeFileSync(dead, '');
  const run = spawnSync(process.execPath, [main, 'clean', '--dry-run'], {
    encoding: 'utf8',
  });
  expect(run.stdout).toContain(`would-remove ${dead}: process 999999999, which made it, is dead\n`);
});

test('a queue that is opened while it is cleaned is kept, with all of its large values', async () => {
  const name = `${prefix}-opened`;
  const { path, large } = await leaveQueue(name);
  const { entries, pid } = await startClean('clean.judged:SIGSTOP');
  const queue = new SharedMemoryQueue<string>(name);
  try {
    await queue.put('x'.repeat(LARGE));
    process.kill(pid, 'SIGCONT');
    const told = await entries;
    expect(entryOf(told, path)).toMatchObject({ action: 'kept', pids: [process.pid] });
    expect(entryOf(told, large)).toMatchObject({ action: 'kept', reason: 'its queue is kept' });
    expect((await queue.getAll()).map((text) => text.length)).toEqual([LARGE, LARGE]);
  } finally {
    await queue.destroy();
  }
});

test.each([
  ['the same cleaner has removed', 'clean.destroyed:SIGSTOP', false],
  ['another cleaner has removed meanwhile', 'clean.judged:SIGSTOP', true],
])('a queue of the same name as one that %s keeps its large values', async (_what, failpoint, isTwo) => {
  const name = `${prefix}-again-${isTwo}`;
  const { path, large } = await leaveQueue(name);
  const { entries, pid } = await startClean(failpoint);
  if (isTwo) expect(entryOf(runClean(), path)).toMatchObject({ action: 'removed' });
  const queue = new SharedMemoryQueue<string>(name);
  try {
    expect(await queue.size()).toBe(0);
    await queue.put('x'.repeat(LARGE));
    process.kill(pid, 'SIGCONT');
    await entries;
    expect(existsSync(large)).toBe(false);
    expect((await queue.getAll()).map((text) => text.length)).toEqual([LARGE]);
  } finally {
    await queue.destroy();
  }
});

test.each(['clean.judged:SIGKILL', 'clean.destroyed:SIGKILL'])(
  'what a cleaner that died at %s has left is removed by the next',
  async (failpoint) => {
    const { path, large } = await leaveQueue(`${prefix}-${failpoint.slice(6, 9)}`);
    await startClean(failpoint);
    expect(existsSync(path) && existsSync(large)).toBe(true);
    const entries = runClean();
    expect(entryOf(entries, path)).toMatchObject({ action: 'removed' });
    expect(entryOf(entries, large)).toMatchObject({ action: 'removed', reason: 'its queue is gone' });
    expect(existsSync(path) || existsSync(large)).toBe(false);
  },
);

test('a queue of another version, one that is damaged and one of which nothing is known keep their large values', async () => {
  const words = { magic: 0, version: 4 };
  for (const at of Object.values(words)) {
    const { path, large } = await leaveQueue(`${prefix}-damaged-${at}`);
    const fd = openSync(path, 'r+');
    writeSync(fd, Buffer.from([99, 99, 99, 99]), 0, 4, at);
    closeSync(fd);
    const entries = runClean();
    expect(entryOf(entries, path)).toMatchObject({ action: 'kept' });
    expect(entryOf(entries, large)).toMatchObject({ action: 'kept', reason: 'its queue is kept' });
    expect(existsSync(path) && existsSync(large)).toBe(true);
  }
});
