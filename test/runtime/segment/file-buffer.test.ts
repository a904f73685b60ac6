import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bufferOfFile, SHOWN_AT_IN_PAGE, SHOWN_BYTES } from '../../../runtime/src/segment/file-buffer.js';
import { pages } from '../../../runtime/src/segment/pages.js';
import { createShareableFile } from '../../../runtime/src/segment/shareable.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const LINUX = process.platform === 'linux';

let fd: number;
let path: string;
const content = Buffer.alloc(SHOWN_BYTES + 12_345);
for (let at = 0; at + 4 <= content.length; at += 1024) content.writeUInt32LE(at, at);

beforeEach(() => {
  ({ fd, path } = createShareableFile());
  writeSync(fd, content, 0, content.length, SHOWN_AT_IN_PAGE);
});

afterEach(() => closeSync(fd));

/** As a receiver does: through a descriptor of its own, which is closed again. */
function opened(lengthBytes: number, at = SHOWN_AT_IN_PAGE): ArrayBuffer {
  const own = openSync(path, constants.O_RDONLY);
  try {
    return bufferOfFile(own, at, lengthBytes, 'process');
  } finally {
    closeSync(own);
  }
}

async function isFree(): Promise<boolean> {
  for (let time = 0; time < 3_000; time += 1) {
    collectGarbage();
    if (pages().isOpenOnce(fd)) return true;
    await delay(20);
  }
  return false;
}

test.each([1, 4_096, 100_000, SHOWN_BYTES, SHOWN_BYTES + 12_345])(
  '%i bytes are those of the file',
  (lengthBytes) => {
    const memory = opened(lengthBytes);
    expect(memory.byteLength).toBe(lengthBytes);
    expect(Buffer.from(memory).equals(content.subarray(0, lengthBytes))).toBe(true);
  },
);

test('bytes at an odd place are those of the file', () => {
  expect(Buffer.from(opened(SHOWN_BYTES, 1_000)).equals(content.subarray(984, 984 + SHOWN_BYTES))).toBe(true);
});

test('what is written to the memory does not reach the file', () => {
  const changed = Buffer.from(opened(SHOWN_BYTES));
  changed.fill(1);
  expect(Buffer.from(opened(SHOWN_BYTES)).equals(content.subarray(0, SHOWN_BYTES))).toBe(true);
});

test.runIf(LINUX)('a file is in use while memory shows it, and no longer', async () => {
  expect(pages().isOpenOnce(fd)).toBe(true);
  await useAndMove();
  expect(await isFree()).toBe(true);
});

async function useAndMove(): Promise<void> {
  let memory: ArrayBuffer | undefined = opened(SHOWN_BYTES);
  expect(pages().isOpenOnce(fd)).toBe(false);
  const moved = structuredClone(memory, { transfer: [memory] });
  memory = undefined;
  collectGarbage();
  await delay(50);
  expect(pages().isOpenOnce(fd)).toBe(false);
  expect(Buffer.from(moved).equals(content.subarray(0, SHOWN_BYTES))).toBe(true);
}

test.runIf(LINUX)('a copy leaves the file free', () => {
  expect(opened(100_000).byteLength).toBe(100_000);
  expect(pages().isOpenOnce(fd)).toBe(true);
});
