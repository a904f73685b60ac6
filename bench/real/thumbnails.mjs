// JavaScript: the processes and threads of all peers load it by themselves.
import sharp from 'sharp';

// As its documentation advises for many processes: each image by one thread, and none kept.
sharp.concurrency(1);
sharp.cache(false);

/** A photograph 200 pixels wide. It must say that it is async: poolifier looks at that, and not at what is returned. */
export async function thumbnail(photograph) {
  return await sharp(photograph).resize(200).jpeg().toBuffer();
}

export function toJpeg(pixels, { width, height, channels }) {
  return sharp(pixels, { raw: { width, height, channels } }).jpeg().toBuffer();
}
