import { Worker } from 'mproc-worker';

globalThis.bareWasLoaded = true;

export async function resize({ width, by }, job) {
  job?.progress(by);
  return { width: width * by, attempt: job?.attempt };
}
export default (text) => text.toUpperCase();
export const number = 5;
export class Thing extends Worker {}
