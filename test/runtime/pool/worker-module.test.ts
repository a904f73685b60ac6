import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { moduleWorker, Worker } from 'mproc-worker';
import { afterAll, describe, expect, test } from 'vitest';
import { moduleOf } from '../../../runtime/src/pool/jobs/worker-module.js';
import type { WorkerClass } from '../../../runtime/src/worker/worker.js';

const folder = mkdtempSync(join(tmpdir(), 'mproc-module-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A class of this name that says it is in a file with this text, or in what is no file. */
function classIn(name: string, module: unknown) {
  return {
    [name]: class extends Worker<number, number> {
      static override readonly module = module as string;
      protected override process(value: number): number {
        return value;
      }
    },
  }[name]!;
}

let files = 0;
function file(text: string): string {
  files += 1;
  const path = join(folder, `${files}.mjs`);
  writeFileSync(path, text);
  return path;
}

describe('the module of a class', () => {
  test('is a URL, or the path of a file', () => {
    const path = file('export class Sums {}');
    expect(moduleOf(classIn('Sums', path))).toBe(pathToFileURL(path).href);
    expect(moduleOf(classIn('Sums', pathToFileURL(path).href))).toBe(pathToFileURL(path).href);
    expect(moduleOf(classIn('Sums', 'data:text/javascript,1'))).toBe('data:text/javascript,1');
    expect(moduleOf(classIn('Sums', 'file://elsewhere/sums.js'))).toBe('file://elsewhere/sums.js');
  });

  test.each([
    [undefined, 'ERR_WORKER_MODULE', /import\.meta\.url is empty there.*esm/],
    ['', 'ERR_WORKER_MODULE', /does not say where it is/],
    ['./sums.js', 'ERR_WORKER_MODULE', /__filename/],
    [7, 'ERR_WORKER_MODULE', /does not say where it is/],
    [
      '/no/such/sums.js',
      'ERR_MODULE_LOAD',
      /class Sums is not there: \/no\/such\/sums\.js\..*importMeta: false/,
    ],
    [process.argv[1], 'ERR_WORKER_MODULE', /class Sums is the running program/],
  ])('%j is refused', (module, code, message) => {
    const found = () => moduleOf(classIn('Sums', module));
    expect(found).toThrow(expect.objectContaining({ code }));
    expect(found).toThrow(message);
  });

  test('of a bare function is named with the file that was meant', () => {
    const path = join(folder, 'resize.mjs');
    writeFileSync(path, 'export function resize() {}');
    const bare = (at: string) =>
      moduleOf(moduleWorker(pathToFileURL(at), 'resize').constructor as WorkerClass);
    const typed = join(folder, 'reszie.mjs');
    expect(() => bare(typed)).toThrow(`is not there: ${typed}; did you mean resize.mjs? (a bundler`);
    expect(() => bare('/no/such/sums.js')).toThrow(
      /is not there: .*; its folder has no file of a name like it/,
    );
    expect(bare(path)).toBe(pathToFileURL(path).href);
  });

  test('is refused where a minifier has renamed the class, and it is the source', () => {
    const source = file('export class Sums {} const n = 1;');
    expect(() => moduleOf(classIn('n', source))).toThrow(/class n was renamed by a minifier/);
  });

  test.each([
    'export class n extends Worker {}',
    'class n extends Worker {} export { m, n as Sums };',
    'class Sums {} export { Sums as n };',
    'exports.n = Sums;',
    'module.exports = { m, n };',
    'module.exports = n;',
    'export default class {}',
    "export * from './other.js';",
  ])('may have a short name that it exports: %s', (text) => {
    expect(moduleOf(classIn('n', file(text)))).toMatch(/^file:/);
  });

  test('may export nothing as yet, where the class was not loaded from it', () => {
    expect(moduleOf(classIn('Sums', file('throw new Error("broken")')))).toMatch(/^file:/);
  });
});
