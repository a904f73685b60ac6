import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCommandLine } from '../../../generator/cli/run.js';
import { PACKAGE_MANAGERS } from '../../../generator/project/package-manager.js';
import { PROJECT_TEMPLATES, queueEngines } from '../../../generator/templates/engines.js';
import { renderText } from '../../../generator/templates/render.js';
import { CHECKOUT, emptyFolder } from '../place/place.js';

const ENGINES = ['none', ...queueEngines()];

async function create(folder: string, name: string, ...flags: string[]): Promise<string> {
  let said = '';
  const streams = {
    stdout: () => {},
    stderr: (text: string) => {
      said += text;
    },
  };
  const code = await runCommandLine([name, '--yes', '--no-git', '--cwd', folder, ...flags], streams);
  expect({ code, said }).toEqual({ code: 0, said: '' });
  return join(folder, name);
}

function filesOf(project: string): string[] {
  return readdirSync(project, { withFileTypes: true }).flatMap((entry) => {
    const path = join(project, entry.name);
    if (entry.isDirectory()) return filesOf(path);
    return entry.isFile() ? [path] : [];
  });
}

describe.each(PROJECT_TEMPLATES)('template %s', (template) => {
  test.each(ENGINES)('with the queue %s renders for every package manager', async (queue) => {
    const folder = emptyFolder();
    for (const { id, run } of PACKAGE_MANAGERS) {
      const project = await create(folder, id, '--template', template, '--queue', queue, '--pm', id);
      // What a template language leaves behind when it does not know a name.
      for (const file of filesOf(project))
        expect(readFileSync(file, 'utf8'), file).not.toMatch(/\{\{|undefined\.|\[object /);
      expect(readFileSync(join(project, 'README.md'), 'utf8')).toContain(run);
    }
  });
});

test('every template with every queue, and everything that can be added, compiles together', async () => {
  const folder = emptyFolder();
  const projects: string[] = [];
  for (const template of PROJECT_TEMPLATES)
    for (const queue of ENGINES)
      projects.push(await create(folder, `${template}-${queue}`, '--template', template, '--queue', queue));
  const dependencies = join(CHECKOUT, 'node_modules');
  symlinkSync(dependencies, join(folder, 'node_modules'));
  const configuration = {
    extends: './sums-none/tsconfig.json',
    compilerOptions: {
      noEmit: true,
      rootDir: '/',
      paths: {
        'mproc-worker': [join(CHECKOUT, 'runtime/dist/index.d.ts')],
        'mproc-worker/testing': [join(CHECKOUT, 'runtime/dist/testing.d.ts')],
      },
    },
    include: projects.map((project) => `${project}/src`),
  };
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(configuration));
  const compiler = join(dependencies, 'typescript/bin/tsc');
  const run = spawnSync(process.execPath, [compiler, '-p', '.', '--pretty', 'false'], {
    cwd: folder,
    encoding: 'utf8',
  });
  const own = run.stdout.split('\n').filter((line) => /^(?:sums|crawler|files)-|^error/.test(line));
  expect(own).toEqual([]);
});

describe('rendering', () => {
  test('a variable that is not there throws instead of rendering empty', () => {
    expect(() => renderText('{{missing}}', {})).toThrow(/missing/);
  });

  test('code is not escaped as HTML', () => {
    expect(renderText('{{type}}', { type: 'Map<string, "a" & "b">' })).toBe('Map<string, "a" & "b">');
  });

  test('a helper and a variable of one name do not hide each other', () => {
    expect(renderText('{{kebab}} {{kebab name}}', { kebab: 'own', name: 'OrderMail' })).toBe(
      'own order-mail',
    );
  });

  test('prototypes are out of reach', () => {
    expect(() => renderText('{{name.constructor.name}}', { name: {} })).toThrow();
  });
});
