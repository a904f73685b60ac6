// JavaScript: the processes and threads of all peers load it by themselves.
// @ts-check
import { transform } from 'sucrase';

/** A file of TypeScript, parsed, and written as JavaScript. @param {string} source */
export function parse(source) {
  return transform(source, { transforms: ['typescript'], disableESTransforms: true }).code;
}
