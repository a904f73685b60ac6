import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CHECKOUT, freshProject, generate, treeOf } from '../place/place.js';

function project(): string {
  const root = freshProject();
  symlinkSync(join(CHECKOUT, 'node_modules'), join(root, 'node_modules'));
  mkdirSync(join(root, 'src/model'));
  writeFileSync(
    join(root, 'src/model/order.ts'),
    "export interface Order { id: number; 'full-name': string; lines: [sku: string, count: number][]; note?: string }\n" +
      "export type State = 'open' | 'paid';\nexport const defaults = { retries: 3, deep: { on: true } };\n",
  );
  const schema = "import { z } from 'zod';\n\nexport const Schema = z.object({ id: z.number() });\n";
  writeFileSync(join(root, 'src/model/schema.ts'), schema);
  writeFileSync(
    join(root, 'src/uses-packages.ts'),
    "import { JobEvent as _e, type JobResponse } from 'mproc-worker';\nexport type R = JobResponse<number>;\n",
  );
  return root;
}

function compile(root: string): void {
  const tsc = join(CHECKOUT, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '--noEmit', '-p', root], { stdio: 'pipe' });
}

test('--args and --result take types of the project, quoted keys, tuples, typeof and what is imported elsewhere', () => {
  const root = project();
  const add = (name: string, args: string, result: string, ...flags: string[]) => {
    const { code, stderr } = generate(
      ['add', 'worker', name, '--args', args, '--result', result, ...flags],
      root,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  };
  add('One', 'Order', 'Order[]');
  add('media/Two', "Pick<Order, 'id' | 'full-name'>", 'State');
  add('Three', "{ 'a-b': number; t: [string, ...number[]] }", 'typeof defaults');
  add('four', 'Partial<Order>', 'State | undefined', '--function');
  add('Six', 'z.infer<typeof Schema>', 'boolean');
  expect(readFileSync(join(root, 'src/workers/six.worker.ts'), 'utf8')).toMatch(
    /import type \{ z \} from 'zod';\nimport type \{ Schema \} from '\.\.\/model\/schema\.ts';/,
  );
  add('Five', "JobResponse<number>['exitCode']", "Extract<State, 'paid'>");
  const read = (path: string) => readFileSync(join(root, path), 'utf8');
  expect(read('src/workers/one.worker.ts')).toContain("import type { Order } from '../model/order.ts';");
  expect(read('src/workers/one.worker.test.ts')).toContain("{ id: 0, 'full-name': '', lines: [] }");
  expect(read('src/workers/media/two.worker.ts')).toContain(
    "import type { Order } from '../../model/order.ts';",
  );
  expect(read('src/workers/three.worker.ts')).toContain('return { retries: 0, deep: { on: false } };');
  expect(read('src/workers/five.worker.ts')).toContain("import type { JobResponse } from 'mproc-worker';");
  compile(root);
  expect(JSON.parse(generate(['update', '--json'], root).stdout)).toMatchObject({ written: false });
});

test.each([
  ['Ordr', /Ordr is not known in this project: export it from a file of src/],
  ['{ a: number', /cannot be written as a type/],
  ['number; evil()', /cannot be written as a type/],
  ['number /* a */', /not one type on one line/],
  ['Order<string>', /not generic/],
  ["Order['none']", /does not exist/],
  ['any', /says nothing/],
])('--args %j is refused in one line, and nothing is written', (typed, why) => {
  const root = project();
  const before = treeOf(root);
  const { code, stderr } = generate(['add', 'worker', 'Mail', '--args', typed], root);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(why) });
  expect(stderr.trimEnd()).not.toContain('\n');
  expect(treeOf(root)).toEqual(before);
});
