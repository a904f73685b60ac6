import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, fstatSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { type ForeignFile, openForeign } from '../../../runtime/src/segment/foreign-file.js';
import { readingFrom } from '../../../runtime/src/segment/sender.js';
import { createShareableFile } from '../../../runtime/src/segment/shareable.js';

const onLinux = process.platform === 'linux' ? describe : describe.skip;
if (process.platform !== 'linux')
  console.log('skipped: descriptors of other processes have paths on Linux only');

const folder = mkdtempSync(join(tmpdir(), 'mproc-foreign-'));
const opened: number[] = [];
const processes: ChildProcess[] = [];
afterEach(() => {
  readingFrom(undefined);
  for (const fd of opened.splice(0)) closeSync(fd);
  for (const child of processes.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function pathOf(fd: number, pid = process.pid): string {
  return `/proc/${pid}/fd/${fd}`;
}

/** The file is looked for as what it is: only its kind can be the reason to refuse it. */
function open(fd: number, more: Partial<ForeignFile> = {}): number | undefined {
  const { ino } = fstatSync(fd);
  const found = openForeign({ path: pathOf(fd), inode: ino, access: 'read', owner: 'family', ...more });
  if (found !== undefined) opened.push(found);
  return found;
}

function openPath(path: string, flags: number): number {
  const fd = openSync(path, flags);
  opened.push(fd);
  return fd;
}

function makeFile(): number {
  const { fd } = createShareableFile();
  opened.push(fd);
  return fd;
}

/** A process that has a file open as its descriptor 3, and does nothing. */
function holder(fd: number): number {
  const child = spawn('sleep', ['60'], { stdio: ['ignore', 'ignore', 'ignore', fd] });
  processes.push(child);
  return child.pid!;
}

onLinux('memory that another process has told of', () => {
  test('is opened where it is that', () => {
    expect(open(makeFile())).toBeGreaterThan(0);
  });

  test('is not opened where its path leads to a pipe, a device, a file with a name, or one elsewhere', () => {
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const elsewhere = join(folder, 'file');
    writeFileSync(elsewhere, 'text');
    const named = `/dev/shm/mproc-foreign-test-${process.pid}`;
    writeFileSync(named, 'text');
    try {
      for (const fd of [
        openPath(fifo, constants.O_RDWR | constants.O_NONBLOCK),
        openPath('/dev/null', constants.O_RDWR),
        openPath('/dev/zero', constants.O_RDONLY),
        openPath(elsewhere, constants.O_RDONLY),
        openPath(named, constants.O_RDONLY),
        openPath(folder, constants.O_RDONLY),
      ])
        expect(open(fd)).toBe(undefined);
    } finally {
      rmSync(named);
    }
  });

  test.each([
    '/etc/passwd',
    '/proc/self/fd/3',
    '/dev/shm/mproc-shared-1-1',
    `/proc/${process.pid}/fd/../../../etc/passwd`,
    `/proc/${process.pid}/fd/03`,
    `/proc/${process.pid}/fd/3/`,
    `/proc/${process.pid}/fd/3\0`,
    `/proc/-1/fd/3`,
    '',
  ])('is refused by its path: %j', (path) => {
    expect(() => openForeign({ path, inode: 1, access: 'read', owner: 'family' })).toThrow(
      expect.objectContaining({ code: 'ERR_VALUE_DECODE' }),
    );
  });

  test('is gone where the number of its descriptor stands for another file', () => {
    const first = createShareableFile();
    const { ino } = fstatSync(first.fd);
    closeSync(first.fd);
    const second = makeFile();
    expect(second).toBe(first.fd);
    expect(openForeign({ path: first.path, inode: ino, access: 'read', owner: 'family' })).toBe(undefined);
  });

  test('is gone where the number of its process is another one’s by now', () => {
    const fd = makeFile();
    const other = holder(makeFile());
    expect(open(fd, { path: pathOf(3, other) })).toBe(undefined);
  });

  test('is a child’s own where its kind says so, and its family’s else', () => {
    const fd = makeFile();
    const [told, other] = [holder(fd), holder(fd)];
    readingFrom(told);
    expect(open(fd, { path: pathOf(3, told), owner: 'sender' })).toBeGreaterThan(0);
    expect(() => open(fd, { path: pathOf(3, other), owner: 'sender' })).toThrow('is not shared memory of');
    expect(open(fd, { path: pathOf(3, other), owner: 'family' })).toBeGreaterThan(0);
    expect(() => open(fd, { path: pathOf(3, 1), owner: 'family' })).toThrow('is not shared memory of');
  });
});
