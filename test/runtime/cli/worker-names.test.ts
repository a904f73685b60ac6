import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { workerNamesNear } from '../../../runtime/src/inspect/queues/worker-names.js';

const folder = mkdtempSync(join(tmpdir(), 'mproc-worker-names-'));
afterAll(() => rmSync(folder, { recursive: true }));
let projects = 0;

function namesIn(...sources: string[]): string[] {
  projects += 1;
  const src = join(folder, String(projects), 'src');
  mkdirSync(src, { recursive: true });
  writeFileSync(join(src, '..', 'package.json'), '{}');
  for (const [at, text] of sources.entries()) writeFileSync(join(src, `w${at}.ts`), text);
  return workerNamesNear(join(src, 'orders.queue.ts'));
}

const defined = (fn: string, options = ", { name: 'inv' }") =>
  namesIn(`export const inv = defineWorker(import.meta.url, ${fn}${options});`);

test.each([
  '(n: number) => Math.abs(n)',
  '(n: number) => { const a = 1; return n + a; }',
  "(n: number) => { throw new RangeError('no'); }",
  '(n: number) => { return Math.abs(Math.max(n, 1)); }',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text
  'async (n: number) => { if (n < 0) throw new RangeError(`no ${n}); ${{ a: `}` }}`); return n; }',
  "async ({ name }: { name: string }) => { const o = { name: 'other' }; return o; }",
  "(s: string) => s.split(/[)',\"]/).map((one) => one.replace(/\\)/g, '')) // ' and )\n",
  'function* named(a: number) { yield a / 2 / 3; }',
  'other',
])('a function is found by its option: %s', (fn) => {
  expect(defined(fn)).toEqual(['inv']);
  expect(defined(fn, ', { timeoutMs: 5, \'name\': "inv", listeners: { start: () => {} } },\n')).toEqual([
    'inv',
  ]);
});

test('without the option a function has its own name, and one that has none goes over no queue', () => {
  expect(defined('async function resize(path: string) { return path; }', '')).toEqual(['resize']);
  expect(defined('resize', '')).toEqual(['resize']);
  expect(defined('async (n: number) => { if (n) return 1; }', '')).toEqual([]);
  expect(defined('(n) => n', ', { timeoutMs: 5 }')).toEqual([]);
});

test('a function of a module has the name of its export', () => {
  expect(namesIn("const w = moduleWorker<typeof f>(new URL('./v.js', import.meta.url), 'v8');")).toEqual([
    'v8',
  ]);
  expect(
    namesIn("const w = moduleWorker(new URL('./v.js', import.meta.url), 'v8', { name: 'own' });"),
  ).toEqual(['own']);
});

test('classes are found, also by a base class of the project', () => {
  const base = 'export abstract class Base<T extends { a: number }> extends mproc.Worker<T, string> {}';
  const worker = 'export class Invoice extends Base<{ a: number }> {}\nclass Other extends Array {}';
  expect(namesIn(worker, base)).toEqual(['Base', 'Invoice']);
  expect(namesIn('class A extends B {} class B extends A {}')).toEqual([]);
});
