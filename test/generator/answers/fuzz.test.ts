import { spawnSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCommandLine } from '../../../generator/cli/run.js';
import { CHECKOUT, freshProject, treeOf } from '../place/place.js';

/** A generator of numbers in [0, 1), the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const PIECES = [
  ...[
    '../',
    '..',
    '/',
    '\\',
    '/etc/passwd',
    'C:\\',
    '~',
    './',
    '%2e%2e/',
    '\0',
    '\n',
    '\r\n',
    '\t',
    ' ',
    '\u2028',
    '\u202e',
  ],
  ...[
    "'",
    '"',
    '`',
    `$\{process.exit()}`,
    '{{name}}',
    '{{{constructor}}}',
    '{{#with this}}',
    '<%= x %>',
    '*/',
    '/*',
    '//',
    '$(id)',
    ';',
    '&&',
  ],
  ...[
    'class',
    'default',
    'await',
    'constructor',
    '__proto__',
    'prototype',
    'toString',
    'Worker',
    'Queue',
    'Strategy',
    'undefined',
    'arguments',
  ],
  ...['Ѕ', 'а', 'ο', 'ｓ', '\u200b', '\u00ad', 'é', '\u0301', '𝓢', '名', '🙂', 'ß', 'ı'],
  ...[
    'Sums',
    'Order',
    'Mail',
    'a',
    'Z',
    '1',
    '9x',
    '-',
    '_',
    '__kebab__',
    '.ts',
    '.hbs',
    'Con',
    'nul',
    '--yes',
    '-h',
    'HTTP',
    'iOS',
  ],
];

const KINDS: readonly (readonly [string, ...string[]])[] = [
  ['worker', '--events', 'start,failed'],
  ['listener', '--worker', 'Sums'],
  ['queue', '--engine', 'shared-memory'],
  ['queue', '--engine', 'blank'],
  ['queue', '--engine', 'sqlite'],
  ['strategy'],
];

test('hundreds of names are refused with the tree untouched, or give files that compile', async () => {
  const random = randomFrom(20_240_607);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const project = freshProject();
  const written = new Set<string>();
  let accepted = 0;
  for (let round = 0; round < 400; round++) {
    const name = Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(PIECES)).join('');
    const [kind, ...flags] = pick(KINDS);
    const before = treeOf(project);
    const said = { stdout: '', stderr: '' };
    const code = await runCommandLine(
      ['add', kind, ...flags, '--yes', '--json', '--no-install', '--cwd', project, '--', name].filter(
        (word) => word !== '--no-install' || kind === 'queue',
      ),
      {
        stdout: (text) => {
          said.stdout += text;
        },
        stderr: (text) => {
          said.stderr += text;
        },
      },
    );
    if (code === 0) {
      accepted += 1;
      const plan = JSON.parse(said.stdout) as { files: { path: string; action: string }[] };
      for (const { path, action } of plan.files) if (action === 'create') written.add(path);
      continue;
    }
    expect({ code, name, lines: said.stderr.trim().split('\n').length }).toEqual({ code: 2, name, lines: 1 });
    expect(treeOf(project)).toEqual(before);
  }
  expect(accepted).toBeGreaterThan(20);
  for (const path of written) expect(path).toMatch(/^(?:src|\.mproc)\/[a-z0-9./-]+$/);
  expect(complaintsAbout(project, [...written])).toEqual([]);
});

/** What the compiler says about files of a project, against the source of the runtime. */
function complaintsAbout(project: string, paths: readonly string[]): string[] {
  const dependencies = join(CHECKOUT, 'node_modules');
  const configuration = {
    extends: './tsconfig.json',
    compilerOptions: {
      noEmit: true,
      rootDir: '/',
      paths: {
        'mproc-worker': [join(CHECKOUT, 'runtime/dist/index.d.ts')],
        'mproc-worker/testing': [join(CHECKOUT, 'runtime/dist/testing.d.ts')],
      },
    },
    include: [],
    files: paths.filter((path) => path.endsWith('.ts')),
  };
  symlinkSync(dependencies, join(project, 'node_modules'));
  writeFileSync(join(project, 'tsconfig.fuzz.json'), JSON.stringify(configuration));
  const compiler = join(dependencies, 'typescript/bin/tsc');
  const run = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.fuzz.json', '--pretty', 'false'], {
    cwd: project,
    encoding: 'utf8',
  });
  // What the runtime's own source may have to complain of meanwhile is not of the generated files.
  return run.stdout.split('\n').filter((line) => /^(?:src\/|error)/.test(line));
}
