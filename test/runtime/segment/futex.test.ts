import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { futex } from '../../../runtime/src/segment/futex.js';
import { Segment } from '../../../runtime/src/segment/segment.js';
import { builtModule } from '../../built-module.js';

const SLEEPER = builtModule(new URL('./sleeper.program.ts', import.meta.url));
/** Of the system call `futex`, as /proc names them. */
const FUTEX = { x64: '202', arm64: '98' }[process.arch as string] ?? '';

describe.runIf(process.platform === 'linux' && FUTEX !== '')('the system’s own sleep on a word', () => {
  let segment: Segment;
  beforeEach(() => {
    segment = Segment.createUnlinked(4096);
  });
  afterEach(() => segment.close());

  /** Does a process sleep on shared memory? Node.js itself waits for its threads in the same way, on memory of its own. */
  function sleepsOnShared(pid: number): boolean {
    const [call, at] = readFileSync(`/proc/${pid}/syscall`, 'latin1').split(' ');
    const mapping = /^(\w+)-(\w+) rw-s .* \/dev\/shm/m.exec(readFileSync(`/proc/${pid}/maps`, 'latin1'));
    if (call !== FUTEX || at === undefined || mapping === null) return false;
    const [from, to] = mapping.slice(1).map((hex) => BigInt(`0x${hex}`));
    return BigInt(at) >= from! && BigInt(at) < to!;
  }

  test('ends when another process has changed the word and wakes it', async () => {
    const sleeper = spawn(process.execPath, [fileURLToPath(SLEEPER), String(segment.lengthBytes)], {
      stdio: ['ignore', 'pipe', 'inherit', segment.fd],
    });
    const printed = text(sleeper.stdout!);
    try {
      // It sleeps again, as the word is what it was.
      await vi.waitFor(() => expect(sleepsOnShared(sleeper.pid!) && segment.wakeOnWord(0)).toBe(true), {
        timeout: 240_000,
        interval: 5,
      });
      Atomics.store(segment.words, 0, 7);
      segment.wakeOnWord(0);
      expect(await printed).toBe('7\n');
    } finally {
      sleeper.kill('SIGKILL');
    }
  });

  test('does not begin where the word is another already', () => {
    Atomics.store(segment.words, 3, 1);
    expect(segment.sleepOnWord(3, 0, 900)).toBe(true);
    expect(segment.wakeOnWord(3)).toBe(false);
  });

  test('ends by itself', () => {
    expect(segment.sleepOnWord(0, 0, 1)).toBe(true);
  });

  test('is none where the memory was given back', () => {
    segment.close();
    expect(segment.sleepOnWord(0, 0, 900)).toBe(false);
    expect(segment.wakeOnWord(0)).toBe(false);
  });

  test('is there on every processor that Node.js is built for', () => {
    expect(futex()).toBeDefined();
  });
});
