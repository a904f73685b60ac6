import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { afterEach, beforeEach, expect, type TestContext, test } from 'vitest';
import { bufferOfFile, SHOWN_AT_IN_PAGE, SHOWN_BYTES } from '../../../runtime/src/segment/file-buffer.js';
import { reserveHugePages } from '../../../runtime/src/segment/huge-page-file.js';
import { HUGE_PAGE_BYTES, type Mapping, pages } from '../../../runtime/src/segment/pages.js';
import { createShareableFile } from '../../../runtime/src/segment/shareable.js';

const BLOCK_BYTES = 512;
let fd: number;
let path: string;
let mapping: Mapping | undefined;

beforeEach(() => {
  ({ fd, path } = createShareableFile());
});

afterEach(() => {
  if (mapping !== undefined) pages().unmap(mapping.address, mapping.lengthBytes);
  mapping = undefined;
  closeSync(fd);
});

const NO_HUGE_PAGES = 'this system gives no huge pages of shared memory';

/** Not every system has huge pages, or some to spare: the file is empty then, as it was, and the test is skipped. */
function reserved(context: TestContext, lengthBytes: number): Mapping {
  mapping = reserveHugePages(fd, lengthBytes);
  if (mapping !== undefined) return mapping;
  expect(fstatSync(fd)).toMatchObject({ size: 0, blocks: 0 });
  console.warn(`skipped: ${NO_HUGE_PAGES}`);
  return context.skip(NO_HUGE_PAGES);
}

/** How much of the mapping at an address is in huge pages, in bytes. */
function mappedHugeAt(address: bigint): number {
  const mappings = readFileSync('/proc/self/smaps', 'latin1').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
  const found = mappings.find((mapping) => {
    const [from = '', to = ''] = mapping.split(' ', 1)[0]!.split('-');
    return BigInt(`0x${from}`) <= address && address < BigInt(`0x${to}`);
  });
  const [, kilobytes = '0'] = /^ShmemPmdMapped: +(\d+)/m.exec(found ?? '') ?? [];
  return Number(kilobytes) * 1024;
}

test('all of the memory is there when it is given, in whole huge pages', (context) => {
  const given = reserved(context, 3 * HUGE_PAGE_BYTES + 1);
  expect(given.lengthBytes).toBe(4 * HUGE_PAGE_BYTES);
  const { size, blocks } = fstatSync(fd);
  expect(size).toBe(given.lengthBytes);
  expect(blocks * BLOCK_BYTES).toBe(given.lengthBytes);
  expect(Number(given.address) % HUGE_PAGE_BYTES).toBe(0);
});

test('what is copied into it is in the file, and the rest is zero', (context) => {
  const given = reserved(context, 2 * HUGE_PAGE_BYTES);
  pages().copyTo(BigInt(given.address) + BigInt(HUGE_PAGE_BYTES - 2), Buffer.from([1, 2, 3, 4]));
  const around = Buffer.alloc(6, 9);
  readSync(fd, around, 0, around.length, HUGE_PAGE_BYTES - 3);
  expect([...around]).toEqual([0, 1, 2, 3, 4, 0]);
});

test('little memory is not worth a huge page', () => {
  expect(reserveHugePages(fd, HUGE_PAGE_BYTES / 4)).toBeUndefined();
  expect(fstatSync(fd).size).toBe(0);
});

test.for([0, 5])('memory that shows it from page %i on shows huge pages', (page, context) => {
  reserved(context, SHOWN_BYTES + 2 * HUGE_PAGE_BYTES);
  const own = openSync(path, constants.O_RDONLY);
  const memory = new Uint8Array(bufferOfFile(own, 4096 * page + SHOWN_AT_IN_PAGE, SHOWN_BYTES, 'process'));
  closeSync(own);
  expect(memory).toHaveLength(SHOWN_BYTES);
  expect(memory.every((byte) => byte === 0)).toBe(true);
  // All but the first and the last, which are shared with what lies around them.
  const inside = pages().addressOf(memory) + BigInt(HUGE_PAGE_BYTES);
  expect(mappedHugeAt(inside)).toBeGreaterThanOrEqual(SHOWN_BYTES - 2 * HUGE_PAGE_BYTES);
});
