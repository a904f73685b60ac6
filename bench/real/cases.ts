import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchOptions } from '../measure/benchmark.js';
import { sized } from '../measure/size.js';
import { pages } from '../short/cases.mjs';
import {
  drawing,
  image,
  readBlocks,
  row,
  type Share,
  sources,
  writeBlocks,
  writeLines,
  writePhotograph,
} from './material.js';

/** Work as programs have it: a function of a module, and its arguments. */
export interface RealCase {
  readonly title: string;
  /** Its file, beside this one. */
  readonly file: string;
  readonly job: string;
  /** As many as two processes do in half a second. */
  readonly jobs: number;
  /** What its arguments or results hold: objects and texts, typed arrays, or memory that caller and job share. */
  readonly values: 'plain' | 'bytes' | 'shared';
  /** An argument is nothing but a typed array, so that it can be given away. @default false */
  readonly canTransfer?: boolean;
  /** A process can have several at once, as each waits for something. @default false */
  readonly isAsync?: boolean;
  /** Python does the same. @default false */
  readonly isPythons?: boolean;
  /** Writes files into a folder, where all subjects find them. */
  prepare?(folder: string, options: BenchOptions): void | Promise<void>;
  /** So many arguments. */
  inputs(count: number, folder: string, share: Share): unknown[];
}

const BLOCKS = 'blocks.txt';
const LINES = 'rows.ndjson';
const PHOTOGRAPH = 'photograph.jpg';
const RANGE_BYTES = 2 ** 20;
/** Images that are in work by turns. */
const IMAGES = 8;

const blocks: Pick<RealCase, 'values' | 'canTransfer' | 'isPythons' | 'prepare'> = {
  values: 'bytes',
  canTransfer: true,
  isPythons: true,
  prepare: (folder, options) => writeBlocks(join(folder, BLOCKS), sized(64, options, 4)),
};

export const CASES: Readonly<Record<string, RealCase>> = {
  markdown: {
    title: 'pages of Markdown to HTML, 5 KB each',
    file: '../short/pages.mjs',
    job: 'page',
    jobs: 800,
    values: 'plain',
    inputs: (count) => pages(count),
  },
  parse: {
    title: 'files of TypeScript to JavaScript',
    file: 'parse.mjs',
    job: 'parse',
    jobs: 400,
    values: 'plain',
    inputs: (count) => repeated(sources(), count),
  },
  rows: {
    title: 'totals of 1,000 rows',
    file: 'rows.mjs',
    job: 'totals',
    jobs: 400,
    values: 'plain',
    inputs: (count) =>
      Array.from({ length: count }, (_, seed) => {
        const draw = drawing(seed);
        return Array.from({ length: 1000 }, (_, id) => row(id, draw));
      }),
  },
  ndjson: {
    title: 'totals of 1 MB of lines, of a file of 50 MB',
    file: 'rows.mjs',
    job: 'totalsOfRange',
    jobs: 100,
    values: 'plain',
    prepare: (folder, options) => writeLines(join(folder, LINES), sized(50 * RANGE_BYTES, options)),
    inputs(count, folder) {
      const path = join(folder, LINES);
      const { size } = statSync(path);
      const ranges = Array.from({ length: Math.ceil(size / RANGE_BYTES) }, (_, at) => ({
        path,
        from: at * RANGE_BYTES,
        to: Math.min(size, (at + 1) * RANGE_BYTES),
      }));
      return repeated(ranges, count);
    },
  },
  gzip: {
    ...blocks,
    title: 'gzip of 64 KB',
    file: 'bytes.mjs',
    job: 'gzip',
    jobs: 400,
    inputs: (count, folder) => repeated(readBlocks(join(folder, BLOCKS)), count),
  },
  sha512: {
    ...blocks,
    title: 'SHA-512 of 64 KB',
    file: 'bytes.mjs',
    job: 'sha512',
    jobs: 2_000,
    inputs: (count, folder) => repeated(readBlocks(join(folder, BLOCKS)), count),
  },
  scrypt: {
    title: 'scrypt of a password',
    file: 'bytes.mjs',
    job: 'scrypt',
    jobs: 80,
    values: 'plain',
    isPythons: true,
    inputs: (count) => Array.from({ length: count }, (_, at) => `password ${at}`),
  },
  blur: {
    title: 'blur of an image of 1 MB',
    file: 'images.mjs',
    job: 'blur',
    jobs: 60,
    values: 'bytes',
    canTransfer: true,
    inputs: (count) => repeated(images(), count),
  },
  blurShared: {
    title: 'blur of an image of 1 MB in shared memory',
    file: 'images.mjs',
    job: 'blurShared',
    jobs: 60,
    values: 'shared',
    inputs: (count, _folder, share) =>
      repeated(
        images().map((pixels) => {
          const [source, target] = [share(pixels.length), share(pixels.length)];
          source.values.set(pixels);
          return { source, target };
        }),
        count,
      ),
  },
  thumbnails: {
    title: 'thumbnails of JPEGs of 1,600 × 1,200',
    file: 'thumbnails.mjs',
    job: 'thumbnail',
    jobs: 60,
    values: 'bytes',
    canTransfer: true,
    isAsync: true,
    prepare: (folder) => writePhotograph(join(folder, PHOTOGRAPH)),
    inputs: (count, folder) => repeated([Uint8Array.from(readFileSync(join(folder, PHOTOGRAPH)))], count),
  },
};

/** The address of its module. */
export function moduleOf({ file }: RealCase): string {
  return new URL(file, import.meta.url).href;
}

function images(): Uint8Array<ArrayBuffer>[] {
  return Array.from({ length: IMAGES }, (_, seed) => image(seed));
}

function repeated<Value>(values: readonly Value[], count: number): Value[] {
  return Array.from({ length: count }, (_, at) => values[at % values.length]!);
}
