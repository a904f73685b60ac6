// JavaScript: the processes and threads of all peers load it by themselves.
// @ts-check
import { createHash, scryptSync } from 'node:crypto';
import { gzipSync } from 'node:zlib';

/** @param {Uint8Array} bytes */
export function gzip(bytes) {
  return gzipSync(bytes);
}

/** @param {Uint8Array} bytes */
export function sha512(bytes) {
  return createHash('sha512').update(bytes).digest('hex');
}

/** What is kept of a password, with a cost that takes some ten milliseconds. @param {string} password */
export function scrypt(password) {
  return scryptSync(password, `salt of ${password}`, 32, { N: 4096, r: 8, p: 1 }).toString('hex');
}
