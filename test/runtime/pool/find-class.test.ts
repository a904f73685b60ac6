import { Worker } from 'mproc-worker';
import { expect, test } from 'vitest';
import { findClass } from '../../../runtime/src/pool/child/find-class.js';
import type { TaskDescription } from '../../../runtime/src/pool/protocol.js';
import { classText } from '../../../runtime/src/worker/class-text.js';

class Sums extends Worker<number, number> {
  protected override process(value: number): number {
    return value + 1;
  }
}

class Products extends Worker<number, number> {
  protected override process(value: number): number {
    return value * 2;
  }
}

/** Classes that differ in nothing but what they were made with. */
const made = (name: string, value: number) =>
  ({
    [name]: class extends Worker<number, number> {
      protected override process(): number {
        return value;
      }
    },
  })[name]!;

const task = (workerClass: object, name: string): TaskDescription =>
  ({ module: 'file:///m.js', exportName: name, classText: classText(workerClass) }) as TaskDescription;
const OTHER_TEXT = class {};

test('a class is found under its own name, as the default, and among what CommonJS exports', () => {
  expect(findClass({ Sums, Products }, task(Sums, 'Sums'))).toBe(Sums);
  expect(findClass({ default: Sums }, task(Sums, 'Sums'))).toBe(Sums);
  expect(findClass({ default: { Sums, Products } }, task(Products, 'Products'))).toBe(Products);
});

test('by its text, where a minifier has given its name to the export of another', () => {
  expect(findClass({ a: Products, b: Sums }, task(Sums, 'a'))).toBe(Sums);
  expect(findClass({ a: Products, default: { x: Sums } }, task(Sums, 'a'))).toBe(Sums);
});

test('by its name, where its text is another here than in the parent', () => {
  expect(findClass({ Sums, Products }, task(OTHER_TEXT, 'Sums'))).toBe(Sums);
  expect(findClass({ x: Sums, y: Products }, task(OTHER_TEXT, 'Sums'))).toBe(Sums);
});

test('by its name, where others have the same text', () => {
  const [one, two] = [made('One', 1), made('Two', 2)];
  expect(findClass({ One: one, Two: two }, task(one, 'Two'))).toBe(two);
  expect(() => findClass({ a: one, b: two }, task(one, 'c'))).toThrow(/must export the worker class c/);
});

test('never a stranger, whose export has its name by chance', () => {
  const found = () => findClass({ a: Products }, task(OTHER_TEXT, 'a'));
  expect(found).toThrow(expect.objectContaining({ code: 'ERR_WORKER_NOT_FOUND' }));
  expect(found).toThrow(/A bundler has made this file/);
});
