import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { CHECKOUT, emptyFolder, freshProject, generate, treeOf } from '../place/place.js';

function succeed(folder: string, ...args: string[]): string {
  const { code, stdout, stderr } = generate(args, folder);
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
  return stdout;
}

function write(root: string, path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const read = (root: string, path: string) => readFileSync(join(root, path), 'utf8');

const STRATEGY = '.mproc/templates/strategy/src/strategies/__kebab__.strategy.ts.hbs';
const OURS =
  "import { RetryStrategy } from 'mproc-worker';\n\n// Our own.\nexport class {{name}} extends RetryStrategy {}\n";

test('a template of the project counts in place of that of the package, is added to, and updated with what was changed', () => {
  const project = freshProject();
  write(project, STRATEGY, OURS);
  write(project, '.mproc/templates/strategy/docs/__kebab__.md.hbs', '# {{name}}\n');
  succeed(project, 'add', 'strategy', 'Calm');
  const file = 'src/strategies/calm.strategy.ts';
  expect(read(project, file)).toContain('// Our own.\nexport class Calm extends RetryStrategy {}');
  expect(read(project, 'docs/calm.md')).toBe('# Calm\n');
  expect(existsSync(join(project, 'src/strategies/calm.strategy.test.ts'))).toBe(true);

  writeFileSync(join(project, file), `// mine\n${read(project, file)}`);
  write(project, STRATEGY, OURS.replace('// Our own.', '// Our own, of the second version.'));
  const before = treeOf(project);
  succeed(project, 'update');
  expect(read(project, file)).toBe(
    "// mine\nimport { RetryStrategy } from 'mproc-worker';\n\n// Our own, of the second version.\nexport class Calm extends RetryStrategy {}\n",
  );
  succeed(project, 'undo');
  expect(treeOf(project)).toEqual(before);
  succeed(project, 'update');
  // What an update has brought is the base of the next one.
  write(project, STRATEGY, OURS.replace('// Our own.', '// Our own, of the third version.'));
  expect(succeed(project, 'update')).toContain(`${file} (merged with your changes)`);
  expect(read(project, file)).toMatch(/^\/\/ mine\n[\s\S]*third version/);
});

test('a kind of the project is a command of its own, in the help, in plop, in folders, and in updates', () => {
  const project = freshProject();
  write(project, '.mproc/templates/handler/template.json', '{ "about": "adds a handler of HTTP requests" }');
  write(
    project,
    '.mproc/templates/handler/src/handlers/__kebab__.handler.ts.hbs',
    "import { numbersTo } from '../chunks.ts';\nexport const {{camel}}Handler = numbersTo;\n",
  );
  expect(succeed(project, 'add', 'handler', '--help')).toContain('adds a handler of HTTP requests');
  succeed(project, 'add', 'handler', 'api/Orders');
  expect(read(project, 'src/handlers/api/orders.handler.ts')).toBe(
    "import { numbersTo } from '../../chunks.ts';\nexport const ordersHandler = numbersTo;\n",
  );
  expect(JSON.parse(read(project, '.mproc/manifest.json')).added).toMatchObject([
    { kind: 'handler', name: 'api/Orders' },
  ]);
  expect(JSON.parse(succeed(project, 'update', '--json'))).toMatchObject({ written: false });
  symlinkSync(join(CHECKOUT, 'node_modules'), join(project, 'node_modules'));
  write(project, 'plopfile.js', `export { default } from '${join(CHECKOUT, 'plopfile.js')}';\n`);
  const plop = join(CHECKOUT, 'node_modules/plop/bin/plop.js');
  execFileSync(process.execPath, [plop, 'handler', 'Bills'], { cwd: project, stdio: 'pipe' });
  expect(existsSync(join(project, 'src/handlers/bills.handler.ts'))).toBe(true);
  expect(generate(['add', 'handle', 'A'], project)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('handler'),
  });
});

test('an engine of the project is one to add queues over, with the packages that it names', () => {
  const project = freshProject();
  write(
    project,
    '.mproc/templates/queue/ours/template.json',
    '{ "dependencies": { "our-client": "1.0.0" } }',
  );
  write(
    project,
    '.mproc/templates/queue/ours/src/queues/__kebab__.queue.ts.hbs',
    'export const {{camel}}Queue = 1;\n',
  );
  succeed(project, 'add', 'queue', 'Orders', '--engine', 'ours', '--no-install');
  expect(JSON.parse(read(project, 'package.json')).dependencies['our-client']).toBe('1.0.0');
  expect(generate(['add', 'queue', 'Late', '--engine', 'theirs'], project).code).toBe(2);
});

test.each([
  ['a variable that there is not', 'export const a = {{nmae}};\n', {}, /the template strategy\/src\/.*nmae/],
  ['a template that cannot be read', 'export const a = {{#if}};\n', {}, /the template strategy\/src\//],
])('%s is told with its file, and nothing is written', (_what, text, _more, why) => {
  const project = freshProject();
  write(project, STRATEGY, text);
  const before = treeOf(project);
  const { code, stderr } = generate(['add', 'strategy', 'Calm'], project);
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(why) });
  expect(treeOf(project)).toEqual(before);
});

test('a project begins with a template of a folder, or of a package', () => {
  const folder = emptyFolder();
  const main = 'console.log("{{name}}");\n';
  write(folder, 'team/template.json', '{ "requires": "0.1.0" }');
  write(folder, 'team/package.json', '{ "name": "team-template", "version": "1.0.0" }');
  write(folder, 'team/template/src/main.ts.hbs', main);
  succeed(folder, 'one', '--template', './team', '--yes', '--no-git');
  expect(read(folder, 'one/src/main.ts')).toBe('console.log("one");\n');
  expect(existsSync(join(folder, 'one/src/workers'))).toBe(false);
  expect(existsSync(join(folder, 'one/tsconfig.json'))).toBe(true);
  write(folder, 'team/template/src/main.ts.hbs', main.replace('log', 'error'));
  succeed(join(folder, 'one'), 'update');
  expect(read(folder, 'one/src/main.ts')).toBe('console.error("one");\n');
  write(folder, 'team/template/src/main.ts.hbs', main);
  const tarball = execFileSync('npm', ['pack', '--silent'], {
    cwd: join(folder, 'team'),
    encoding: 'utf8',
  }).trim();
  succeed(folder, 'two', '--template', `npm:file:team/${tarball}`, '--yes', '--no-git');
  expect(read(folder, 'two/src/main.ts')).toBe('console.log("two");\n');
  write(folder, 'team/template.json', '{ "requires": "99.0.0" }');
  expect(generate(['three', '--template', './team', '--yes'], folder)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('requires create-mproc-worker 99.0.0'),
  });
  for (const [typed, why] of [
    ['./none', /is not a folder/],
    ['sumz', /Did you mean sums/],
    ['./one/src', /no file that ends in \.hbs/],
  ] as const)
    expect(generate(['four', '--template', typed, '--yes'], folder)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(why),
    });
  expect(existsSync(join(folder, 'four'))).toBe(false);
});
