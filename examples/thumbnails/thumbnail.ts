import { readFile, writeFile } from 'node:fs/promises';
import { defineWorker, NoRetry } from 'mproc-worker';

export interface Wanted {
  readonly from: string;
  readonly to: string;
  readonly width: number;
}

/**
 * Makes a small copy of an image, and returns its size.
 *
 * It reads PPM, a format of a header and bare pixels, so that nothing has to be installed. With sharp the whole function is
 * `const { width, height } = await sharp(from).resize(wanted.width).toFile(to)`, and reads every usual format.
 */
export const thumbnail = defineWorker(import.meta.url, async ({ from, to, width }: Wanted) => {
  const image = readPpm(await readFile(from));
  const step = image.width / width;
  const height = Math.round(image.height / step);
  const pixels = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1)
      pixels.set(averageOf(image, x * step, y * step, step), (y * width + x) * 3);
  await writeFile(to, Buffer.concat([Buffer.from(`P6 ${width} ${height} 255\n`), pixels]));
  return { width, height };
});

interface Image {
  readonly width: number;
  readonly height: number;
  readonly pixels: Buffer;
}

function readPpm(file: Buffer): Image {
  const header = /^P6 (\d+) (\d+) 255\n/.exec(file.subarray(0, 64).toString('latin1'));
  // Another attempt would read the same file.
  if (header === null) throw new NoRetry('not a PPM image');
  return { width: Number(header[1]), height: Number(header[2]), pixels: file.subarray(header[0].length) };
}

/** The mean colour of a square of pixels. */
function averageOf({ width, height, pixels }: Image, left: number, top: number, size: number): number[] {
  const sums = [0, 0, 0];
  let count = 0;
  for (let y = Math.floor(top); y < Math.min(height, top + size); y += 1)
    for (let x = Math.floor(left); x < Math.min(width, left + size); x += 1) {
      for (let colour = 0; colour < 3; colour += 1)
        sums[colour]! += pixels[(y * width + x) * 3 + colour] ?? 0;
      count += 1;
    }
  return sums.map((sum) => sum / count);
}
