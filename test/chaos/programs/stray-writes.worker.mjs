// JavaScript: each process of a pool loads it by itself, and would start later with a loader.
// @ts-check
// A job that writes where it should not: into the memory that its pool works with.
import { fstatSync, openSync, readdirSync, readFileSync, readSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import koffi from 'koffi';
import { Worker } from 'mproc-worker';

/** @typedef {readonly [from: number, length: number]} Stretch Words of the memory. */
/** @typedef {(below: number) => number} Random */
/**
 * @typedef {object} Layout Where what lies in the segment.
 * @property {{ slotCount: number, claimCount: number }} header
 * @property {{ sharedWords: number, stateWords: number, blockWords: number, pageWords: number }} part
 */
/**
 * @typedef {object} Memory
 * @property {number} length in words
 * @property {Stretch[]} writable
 * @property {(word: number) => number} header
 * @property {(at: number, value: number) => void} word
 */
/** @typedef {{ seed: number, mode: string, words: number, burst: number, book: string, layout: Layout }} StrayArgs */

/**
 * Gives back what it was given, with a sum over it.
 * @extends {Worker<{ id: number, text: string }, { id: number, sum: number }>}
 */
export class Sum extends Worker {
  /** @override */
  static module = import.meta.url;

  /**
   * @override
   * @param {{ id: number, text: string }} args
   */
  process({ id, text }) {
    return { id, sum: sumOf(id, text) };
  }
}

/**
 * @param {number} id
 * @param {string} text
 */
export function sumOf(id, text) {
  let sum = id;
  for (let at = 0; at < text.length; at += 1) sum = (Math.imul(sum, 31) + text.charCodeAt(at)) | 0;
  return sum;
}

/**
 * Numbers below a bound, the same for the same seed.
 * @param {number} seed
 * @returns {Random}
 */
export function randomNumbers(seed) {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const WORD_BYTES = 4;
const PAUSE_MS = 1;
const SMALL = 12;

/** @extends {Worker<StrayArgs, 'done' | 'no way'>} */
export class Strays extends Worker {
  /** @override */
  static module = import.meta.url;

  /** Writes `words` words, in bursts, and notes in the file `book` how many it has written. */
  /**
   * @override
   * @param {StrayArgs} args
   */
  async process({ seed, mode, words, burst, book, layout }) {
    const random = randomNumbers(seed);
    const write = mode === 'descriptor' ? throughDescriptor() : throughMapping();
    if (write === undefined) return 'no way';
    const aims = aimsOf(mode, write, layout);
    const log = openSync(book, 'a');
    for (let written = 0; written < words; written += burst) {
      // Noted before, as the process may not live to note it after.
      writeSync(log, Buffer.alloc(burst));
      for (let count = 0; count < burst; count += 1) {
        const [from, length] = /** @type {Stretch} */ (aims[random(aims.length)]);
        write.word(from + random(length), wordFor(random, mode));
      }
      await sleep(PAUSE_MS);
    }
    return 'done';
  }
}

/**
 * Any word; where lengths, kinds and counters are aimed at, mostly one that could be true.
 * @param {Random} random
 * @param {string} mode
 */
function wordFor(random, mode) {
  if (mode === 'targeted' && random(4) > 0) return random(SMALL) - 2;
  return random(2 ** 32) | 0;
}

/**
 * The segment as this process has mapped it; what it may write is found in the list of its mappings.
 * @returns {Memory | undefined}
 */
function throughMapping() {
  const parts = readFileSync('/proc/self/maps', 'latin1')
    .split('\n')
    .map((line) => /^(\w+)-(\w+) (r[w-])-s (\w+) \S+ (\d+) +\/dev\/shm\//.exec(line))
    .filter((match) => match !== null)
    .map(([, from = '', to = '', access, , inode]) => ({
      from: BigInt(`0x${from}`),
      to: BigInt(`0x${to}`),
      access,
      inode,
    }));
  const first = parts.find(({ from }) => koffi.decode(from, 'uint32_t') === MAGIC);
  if (first === undefined) return undefined;
  const own = parts.filter(({ inode }) => inode === first.inode);
  const length = Number(/** @type {typeof first} */ (own.at(-1)).to - first.from);
  const view = new Int32Array(koffi.view(first.from, length));
  return {
    length: view.length,
    writable: own
      .filter(({ access }) => access === 'rw')
      .map(({ from, to }) => [Number(from - first.from) / WORD_BYTES, Number(to - from) / WORD_BYTES]),
    header: (word) => Number(view[word]),
    word: (at, value) => {
      view[at] = value;
    },
  };
}

const MAGIC = 0x4d504f4c;

/**
 * The same through a descriptor that leads to it, if one is open.
 * @returns {Memory | undefined}
 */
function throughDescriptor() {
  for (const name of readdirSync('/proc/self/fd')) {
    const fd = Number(name);
    try {
      const file = fstatSync(fd);
      const bytes = Buffer.alloc(WORD_BYTES);
      if (!file.isFile() || readSync(fd, bytes, 0, WORD_BYTES, 0) < WORD_BYTES) continue;
      if (bytes.readUInt32LE(0) !== MAGIC) continue;
      return {
        length: file.size / WORD_BYTES,
        writable: [[0, file.size / WORD_BYTES]],
        header: () => 0,
        word: (at, value) => {
          bytes.writeInt32LE(value);
          writeSync(fd, bytes, 0, WORD_BYTES, at * WORD_BYTES);
        },
      };
    } catch {
      // Closed by now, or nothing that can be read.
    }
  }
  return undefined;
}

/**
 * Where a mode aims: stretches of words, each as likely as the others.
 * @param {string} mode
 * @param {Memory} write
 * @param {Layout} layout
 * @returns {Stretch[]}
 */
function aimsOf(mode, write, { header, part }) {
  if (mode === 'everything' || mode === 'descriptor') return [[0, write.length]];
  if (mode === 'writable') return write.writable;
  const size = { slotCount: write.header(header.slotCount), claimCount: write.header(header.claimCount) };
  const [shared, block, ring] = ownStretches(write.writable, size, part);
  /** @type {Stretch} */
  const states = [shared[0] + part.sharedWords, size.slotCount * part.stateWords];
  /** @type {Stretch} */
  const heads = [shared[0], part.sharedWords];
  if (mode === 'states') return [states, heads];
  if (mode === 'block') return [[block[0], part.blockWords + size.claimCount]];
  if (mode === 'ring') return [ring];
  // Where records begin, where the ring ends, the states of the slots that are used most.
  return [
    [ring[0], 16],
    [ring[0], 1024],
    [block[0], part.blockWords],
    heads,
    [states[0], 4 * part.stateWords],
  ];
}

/**
 * What is common, the child's own block and its ring; the first two are one stretch where they touch.
 * @param {Stretch[]} writable
 * @param {{ slotCount: number }} size
 * @param {Layout['part']} part
 * @returns {[shared: Stretch, block: Stretch, ring: Stretch]}
 */
function ownStretches(writable, { slotCount }, part) {
  const sharedWords = part.sharedWords + slotCount * part.stateWords;
  const [first, ...others] = /** @type {[Stretch, ...Stretch[]]} */ (writable);
  const ring = /** @type {Stretch} */ (others.at(-1));
  if (others.length === 2) return [first, /** @type {Stretch} */ (others[0]), ring];
  const end = first[0] + Math.ceil(sharedWords / part.pageWords) * part.pageWords;
  return [first, [end, first[0] + first[1] - end], ring];
}
