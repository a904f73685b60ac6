import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ProcessPool } from 'mproc-worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readFailedJob } from '../../../runtime/src/replay/failed-job.js';
import { Fails } from './fails.worker.mjs';

const CLI = fileURLToPath(new URL('../../../runtime/dist/cli.js', import.meta.url));
const DEBUGGER = fileURLToPath(new URL('./debugger.program.mjs', import.meta.url));
const TYPED = fileURLToPath(new URL('./typed.program.ts', import.meta.url));
const WORKER = fileURLToPath(new URL('./fails.worker.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'mproc-replay-'));
afterAll(() => rmSync(folder, { recursive: true }));

function replay(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const run = spawnSync(process.execPath, [CLI, 'replay', ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { status: run.status, stdout: run.stdout, stderr: run.stderr };
}

let file = '';
beforeAll(async () => {
  await using pool = new ProcessPool({ processes: 1, keepFailed: { folder } });
  const worker = Object.assign(new Fails(), { label: 'mine' });
  const response = await pool.run(worker, { name: 'x', when: new Map([[1n, new Date(5)]]) });
  file = response.replayFile!;
});

describe('mproc replay', () => {
  test('runs the job again, which fails again with the line of its source', () => {
    const { status, stderr, stdout } = replay([file]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/mproc replay: job \S+ of Fails, which failed at /);
    expect(stderr).toMatch(
      /TypeError: cannot work with x\n {4}at Fails\.process \(.*fails\.worker\.mjs:16:25\)/,
    );
  });

  test('gives it its arguments and its fields, and prints what it gives', () => {
    const { status, stdout } = replay([file], { MPROC_TEST_SHOWS: '1' });
    expect(status).toBe(0);
    expect(stdout).toBe(
      "{\n  args: { name: 'x', when: Map(1) { 1n => 1970-01-01T00:00:00.005Z } },\n  tries: 1,\n  label: 'mine'\n}\n",
    );
  });

  test('ends as the process of the job does', async () => {
    await using pool = new ProcessPool({ processes: 1, keepFailed: { folder } });
    const response = await pool.run(new Fails(), { how: 'crash' });
    const { status, stderr } = replay([response.replayFile!]);
    expect(status).toBe(128 + 9);
    expect(stderr).toMatch(/the process of the job was ended by SIGKILL\n$/);
  });

  test('runs classes and functions of TypeScript', () => {
    const args = ['--import', 'tsx', TYPED, folder];
    const printed = execFileSync(process.execPath, args, { encoding: 'utf8' });
    const [typed, half] = JSON.parse(printed) as string[];
    expect(replay([typed!]).stderr).toMatch(/RangeError: 5 is too many\n.*typed\.worker\.ts:7/);
    expect(replay([half!]).stderr).toMatch(/Error: no half\n.*typed\.worker\.ts:14/);
  });

  test('stops in a debugger before the job', async () => {
    const flags = ['replay', file, '--inspect-brk=127.0.0.1:0'];
    const child = spawn(process.execPath, [CLI, ...flags], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    const address = await new Promise<string>((resolve) => {
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
        said += chunk;
        const [found] = /ws:\/\/\S+/.exec(said) ?? [];
        if (found !== undefined) resolve(found);
      });
    });
    const told = spawnSync(
      process.execPath,
      ['--experimental-websocket', '--no-warnings', DEBUGGER, address],
      {
        encoding: 'utf8',
      },
    );
    await once(child, 'exit');
    expect(told.stderr).toBe('');
    expect(JSON.parse(told.stdout)).toEqual({
      file: 'fails.worker.mjs',
      function: 'process',
      name: 'x',
      label: 'mine',
    });
  });
});

describe('a file that cannot be replayed gets one line', () => {
  function lineOf(args: readonly string[]): string {
    const { status, stdout, stderr } = replay(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^mproc replay: the file of a failed job [^\n]*\n$/);
    return stderr.trim();
  }

  function changed(name: string, change: (text: string) => string): string {
    const path = join(folder, name);
    writeFileSync(path, change(readFileSync(file, 'utf8')));
    return path;
  }

  test('where it is missing', () => {
    expect(lineOf([join(folder, 'none.json')])).toMatch(/none\.json cannot be read: ENOENT/);
  });

  test('where another version wrote it', () => {
    const path = changed('later.json', (text) => text.replace('"version": 1', '"version": 7'));
    expect(lineOf([path])).toMatch(/has version 7 and this mproc-worker reads version 1/);
  });

  test('where it is something else', () => {
    expect(lineOf([changed('else.json', () => '{"name":"x"}')])).toMatch(/is no file of a failed job$/);
  });

  test('where it is damaged', () => {
    const path = changed('cut.json', (text) => text.slice(0, 600));
    expect(lineOf([path])).toMatch(/is damaged: it is no JSON/);
  });

  test('where its module has moved, until the new place is told', () => {
    const from = join(folder, 'old.worker.mjs');
    const to = join(WORKER, '..', `moved-${process.pid}.worker.mjs`);
    const path = changed('moved.json', (text) =>
      text.replaceAll(new URL(`file://${WORKER}`).href, `file://${from}`),
    );
    expect(lineOf([path])).toMatch(
      /names a module that is not there: \S+old\.worker\.mjs;.* --module <path>$/,
    );
    copyFileSync(WORKER, to);
    try {
      const { status, stdout } = replay([path, '--module', to], { MPROC_TEST_SHOWS: '1' });
      expect(status).toBe(0);
      expect(stdout).toContain("label: 'mine'");
    } finally {
      rmSync(to);
    }
  });

  test('wherever it is cut, or a byte of it is another', () => {
    const text = readFileSync(file, 'utf8');
    const changes: string[] = [];
    for (let at = 0; at < text.length; at += 7) {
      changes.push(text.slice(0, at));
      changes.push(`${text.slice(0, at)}${text[at] === '5' ? '{' : '5'}${text.slice(at + 1)}`);
    }
    for (const change of changes)
      try {
        readFailedJob(change, 'x.json');
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_FAILED_JOB_FILE' });
        expect((error as Error).message).toMatch(/^the file of a failed job x\.json [^\n]+$/);
      }
  });
});
