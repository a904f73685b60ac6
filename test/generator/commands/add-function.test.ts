import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freshProject, generate } from '../place/place.js';

const SOURCE = `export function several(path: string, width: number) { return path.length * width; }
export const withJob = async (path: string, job: { id: string }) => path + job.id;
export default function (values: Map<string, number>) { return values.size; }
export function* parts() { yield 1; }
export class Thing {}
export const number = 5;
`;

test('a worker of a function that is there calls it as a job can', () => {
  const project = freshProject();
  writeFileSync(join(project, 'src/lib.ts'), SOURCE);
  const added = (name: string, from: string) => {
    const { code, stderr } = generate(['add', 'worker', name, '--from', from, '--yes'], project);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const read = (end: string) => readFileSync(join(project, `src/workers/${name}.worker${end}`), 'utf8');
    return { module: read('.ts'), test: read('.test.ts') };
  };
  const several = added('several', './src/lib.ts#several');
  expect(several.module).toContain("import { several as call } from '../lib.ts';");
  expect(several.module).toContain('(args: Parameters<typeof call>) => call(...args)');
  expect(several.test).toMatch(/pool\.run\(several, \[.*, .*\]\)/);
  expect(added('with-job', 'src/lib.ts#withJob').module).toContain(
    'export const withJob = defineWorker(import.meta.url, call, {',
  );
  const whole = added('whole', 'src/lib.ts#default');
  expect(whole.module).toContain("import call from '../lib.ts';");
});

test.each([
  ['src/lib.ts', /say which export is meant, as src\/resize\.ts#resize/],
  ['src/none.ts#a', /there is no file src\/none\.ts/],
  ['../lib.ts#a', /the file is not of this project/],
  ['src/lib.ts#none', /declares no export none; it has .*several/],
  ['src/lib.ts#parts', /is a generator/],
  ['src/lib.ts#Thing', /is no function/],
  ['src/lib.ts#number', /is no function/],
])('--from %s is refused, and nothing is written', (from, message) => {
  const project = freshProject();
  writeFileSync(join(project, 'src/lib.ts'), SOURCE);
  const { code, stderr } = generate(['add', 'worker', 'odd', '--from', from, '--yes'], project);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(message) });
});

test('a function cannot have listeners made, or a name that is a word of the language', () => {
  const project = freshProject();
  const refused = (...args: string[]) => generate(['add', 'worker', ...args, '--yes'], project);
  expect(refused('shrink', '--function', '--events', 'start')).toMatchObject({
    code: 2,
    stderr: /option `listeners` of defineWorker/,
  });
  expect(refused('Import', '--function')).toMatchObject({
    code: 2,
    stderr: /a function cannot be called import/,
  });
});
