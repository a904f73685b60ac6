import { closeSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Row } from './rows.mjs';

const SOURCES = fileURLToPath(new URL('../../runtime/src/', import.meta.url));
export const BLOCK_BYTES = 64 * 1024;
const CITIES = ['Bergen', 'Cádiz', 'Gdańsk', 'Lyon', 'Minsk', 'Oulu', 'Porto', 'Turin'];
const WORDS =
  'a job of the pool is run by a child that takes it from shared memory and writes what it returns'.split(
    ' ',
  );

/** Numbers that look drawn and are the same each time. */
export function drawing(seed: number): (below: number) => number {
  let state = seed + 1;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
}

export function row(id: number, draw: (below: number) => number): Row {
  return {
    id,
    name: `customer ${draw(100_000)}`,
    city: CITIES[draw(CITIES.length)]!,
    amount: draw(1_000_000) / 4,
    isPaid: draw(3) > 0,
  };
}

/** A file of lines, each a row as JSON. */
export function writeLines(path: string, lengthBytes: number): void {
  const draw = drawing(0);
  const file = openSync(path, 'w');
  try {
    for (let id = 0, written = 0; written < lengthBytes; ) {
      let text = '';
      for (const end = id + 1000; id < end; id += 1)
        text += `${JSON.stringify({ ...row(id, draw), at: `2026-11-${10 + draw(20)}`, note: words(draw, 16) })}\n`;
      written += writeSync(file, text);
    }
  } finally {
    closeSync(file);
  }
}

/** Blocks of text, one after another. */
export function writeBlocks(path: string, count: number): void {
  const draw = drawing(1);
  const text: string[] = [];
  for (let length = 0; length < count * BLOCK_BYTES; length += text.at(-1)!.length)
    text.push(`${words(draw, 12)} ${draw(1_000_000)}\n`);
  writeFileSync(path, text.join('').slice(0, count * BLOCK_BYTES));
}

export function readBlocks(path: string): Uint8Array<ArrayBuffer>[] {
  const all = readFileSync(path);
  return Array.from({ length: all.length / BLOCK_BYTES }, (_, at) =>
    Uint8Array.from(all.subarray(at * BLOCK_BYTES, (at + 1) * BLOCK_BYTES)),
  );
}

function words(draw: (below: number) => number, count: number): string {
  return Array.from({ length: count }, () => WORDS[draw(WORDS.length)]).join(' ');
}

/** A grey image of a megabyte. */
export function image(seed: number): Uint8Array<ArrayBuffer> {
  return drawn(2 ** 20, drawing(seed), (at) => at >> 4);
}

/** Of a gradient, and noise. */
function drawn(
  length: number,
  draw: (below: number) => number,
  gradient: (at: number) => number,
): Uint8Array<ArrayBuffer> {
  const pixels = new Uint8Array(length);
  for (let at = 0; at < length; at += 1) pixels[at] = gradient(at) + draw(40);
  return pixels;
}

/** A JPEG, 1,600 × 1,200. */
export async function writePhotograph(path: string): Promise<void> {
  const size = { width: 1600, height: 1200, channels: 3 };
  const length = size.width * size.height * size.channels;
  const pixels = drawn(length, drawing(2), (at) => (at / length) * 200);
  const { toJpeg } = await import('./thumbnails.mjs');
  writeFileSync(path, await toJpeg(pixels, size));
}

/** Files of TypeScript: those of the runtime, in the order of their names. */
export function sources(): string[] {
  return readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .sort()
    .map((file) => readFileSync(join(SOURCES, file), 'utf8'));
}

/** Memory that caller and job share: its kind depends on the pool. */
export type Share = (length: number) => { readonly values: Uint8Array };
