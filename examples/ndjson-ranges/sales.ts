import { type FileHandle, open } from 'node:fs/promises';
import { defineWorker } from 'mproc-worker';

export interface Range {
  readonly path: string;
  readonly start: number;
  /** One past the last byte. */
  readonly end: number;
}

const NEWLINE = 10;
const BLOCK_BYTES = 4_096;

/** Sums the amounts by country, over the lines that begin in a range of bytes. */
export const sales = defineWorker(import.meta.url, async (range: Range) => {
  const sums = new Map<string, number>();
  for (const line of await linesOf(range)) {
    const { country, amount } = JSON.parse(line) as { country: string; amount: number };
    sums.set(country, (sums.get(country) ?? 0) + amount);
  }
  return sums;
});

/** A line belongs to the range that holds its first byte, so each line is read once, wherever ranges are cut. */
async function linesOf({ path, start, end }: Range): Promise<string[]> {
  await using file = await open(path);
  const { size } = await file.stat();
  const from = start === 0 ? 0 : await behindNewline(file, start - 1, size);
  const bytes = Buffer.alloc((await behindNewline(file, end - 1, size)) - from);
  await file.read(bytes, 0, bytes.length, from);
  return bytes.toString('utf8').split('\n').filter(Boolean);
}

/** The position behind the first newline at `position` or later, or the end of the file. */
async function behindNewline(file: FileHandle, position: number, size: number): Promise<number> {
  const block = Buffer.alloc(BLOCK_BYTES);
  for (let at = position; at < size; at += BLOCK_BYTES) {
    const { bytesRead } = await file.read(block, 0, BLOCK_BYTES, at);
    const found = block.subarray(0, bytesRead).indexOf(NEWLINE);
    if (found !== -1) return at + found + 1;
  }
  return size;
}
