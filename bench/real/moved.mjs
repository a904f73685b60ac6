// JavaScript: the threads of piscina load it by themselves.
// @ts-check
// The same functions where a thread gives its result away.
import { move } from 'piscina';
import { gzip as gzipped } from './bytes.mjs';
import { blur as blurred } from './images.mjs';

export { sha512 } from './bytes.mjs';

/** @param {Uint8Array} bytes */
export function gzip(bytes) {
  return move(gzipped(bytes));
}

/** @param {Uint8Array} pixels */
export function blur(pixels) {
  return move(blurred(pixels));
}

/** @param {Uint8Array} photograph */
export async function thumbnail(photograph) {
  const { thumbnail } = await import('./thumbnails.mjs');
  return move(await thumbnail(photograph));
}
