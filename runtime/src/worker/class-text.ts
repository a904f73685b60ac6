import { codeOf } from './function/function-origin.js';

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * What tells a class, or a function, from others of its module whatever their names, which a bundler may have shortened: a number made of its
 * text. The same file has the same text in every process.
 */
export function classText(workerClass: object): string {
  const text = codeOf(workerClass);
  let hash = FNV_OFFSET;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), FNV_PRIME);
  return `${text.length}-${hash >>> 0}`;
}
