import { loadLibrary } from './libc.js';

/** The number of the page size among the questions that `sysconf` answers. */
const SC_PAGESIZE = process.platform === 'darwin' ? 29 : 30;
/** The largest page of any processor we run on: what is a multiple of it is one of every page. */
const LARGEST_PAGE_BYTES = 64 * 1024;

let known: number | undefined;

/**
 * How many bytes a page of memory has here: 4,096 on most machines, 16,384 on Apple's, up to 65,536 on ARM64 servers.
 * Offsets and addresses that are given to `mmap` must be multiples of it.
 */
export function pageBytes(): number {
  known ??= ask();
  return known;
}

function ask(): number {
  const bytes = Number(loadLibrary().lib.func('long sysconf(int name)')(SC_PAGESIZE));
  return bytes > 0 ? bytes : LARGEST_PAGE_BYTES;
}

/** The least number of bytes that is whole pages and holds so many. */
export function wholePages(lengthBytes: number): number {
  return Math.ceil(lengthBytes / pageBytes()) * pageBytes();
}
