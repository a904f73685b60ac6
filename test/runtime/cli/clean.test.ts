import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import type { CleanEntry } from '../../../runtime/src/cli/clean.js';
import { SharedMemoryQueue } from '../../../runtime/src/queues/index.js';
import { SEGMENT_FOLDER } from '../../../runtime/src/segment/segment.js';

const main = fileURLToPath(new URL('../../../runtime/src/cli/main.ts', import.meta.url));
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
  const run = spawnSync(process.execPath, ['--import', 'tsx', main, 'clean', '--json', ...flags], {
    encoding: 'utf8',
  });
  expect(run.stderr).toBe('');
  expect(run.status).toBe(0);
  return (JSON.parse(run.stdout) as { entries: CleanEntry[] }).entries;
}

function entryOf(entries: readonly CleanEntry[], path: string): CleanEntry | undefined {
  return entries.find((entry) => entry.path === path);
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

test('the segment of a pool whose process died before it could unlink it is removed', () => {
  const dead = `${SEGMENT_FOLDER}/mproc-999999999-abc-1`;
  const alive = `${SEGMENT_FOLDER}/mproc-${process.pid}-abc-1`;
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
  const run = spawnSync(process.execPath, ['--import', 'tsx', main, 'clean', '--dry-run'], {
    encoding: 'utf8',
  });
  expect(run.stdout).toContain(`would-remove ${dead}: process 999999999, which made it, is dead\n`);
});
