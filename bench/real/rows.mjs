// JavaScript: the processes and threads of all peers load it by themselves.
// @ts-check
import { closeSync, openSync, readSync } from 'node:fs';

/** @typedef {{ readonly id: number, readonly name: string, readonly city: string, readonly amount: number, readonly isPaid: boolean }} Row */
/** @typedef {{ readonly city: string, rows: number, paid: number, amount: number, largest: number }} Total */

/** Longer than any line. */
const LINE_BYTES = 1024;
const NEWLINE = 10;

/** What the rows of each city come to. @param {readonly Row[]} rows */
export function totals(rows) {
  /** @type {Map<string, Total>} */
  const cities = new Map();
  for (const row of rows) add(cities, row);
  return [...cities.values()].sort((a, b) => (a.city < b.city ? -1 : 1));
}

/**
 * The same of the lines of a file that begin in a range of its bytes.
 * @param {{ readonly path: string, readonly from: number, readonly to: number }} range
 */
export function totalsOfRange({ path, from, to }) {
  const text = linesFrom(path, from, to);
  return totals(text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)])));
}

/**
 * @param {Map<string, Total>} cities
 * @param {Row} row
 */
function add(cities, { city, amount, isPaid }) {
  let total = cities.get(city);
  if (total === undefined) {
    total = { city, rows: 0, paid: 0, amount: 0, largest: 0 };
    cities.set(city, total);
  }
  total.rows += 1;
  if (isPaid) total.paid += 1;
  total.amount += amount;
  total.largest = Math.max(total.largest, amount);
}

/**
 * The line that the range begins within is left to the one before; of the last line that begins in it all is read.
 * @param {string} path
 * @param {number} from
 * @param {number} to
 */
function linesFrom(path, from, to) {
  const file = openSync(path, 'r');
  try {
    const begin = Math.max(0, from - 1);
    const bytes = Buffer.allocUnsafe(to - begin + LINE_BYTES);
    const length = readSync(file, bytes, 0, bytes.length, begin);
    const first = from === 0 ? 0 : bytes.indexOf(NEWLINE) + 1;
    const last = bytes.subarray(0, length).indexOf(NEWLINE, to - begin - 1);
    return bytes.toString('utf8', first, last === -1 ? length : last);
  } finally {
    closeSync(file);
  }
}
