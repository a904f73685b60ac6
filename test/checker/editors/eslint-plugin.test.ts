import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { LENGTHS, Project } from '../project.js';

// A compilation is seconds of work on a busy machine.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const checkout = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const eslint = join(checkout, 'node_modules/eslint/bin/eslint.js');
// npm installs it; a checkout without it has to run `npm ci`.
const isThere = existsSync(eslint);

/** The rules need nothing of a parser but that it reads the file: this one finds a program without statements. */
const PARSER = `export function parseForESLint(text) {
  const lines = text.split('\\n');
  const end = { line: lines.length, column: lines.at(-1).length };
  const loc = { start: { line: 1, column: 0 }, end };
  const range = [0, text.length];
  return { ast: { type: 'Program', sourceType: 'module', body: [], tokens: [], comments: [], range, loc } };
}
`;
const CONFIG = `import mproc from 'eslint-plugin-mproc';
import * as parser from './parser.mjs';

export default [
  { ignores: ['*.mjs'] },
  { ...mproc.configs.recommended, files: ['**/*.{js,ts}'] },
  { files: ['**/*.ts'], languageOptions: { parser } },
  { files: ['src/legacy/**'], rules: { 'mproc/worker-exported': 'warn' } },
];
`;
const MARK = '\uFEFF';
const FILES = {
  'eslint.config.mjs': CONFIG,
  'parser.mjs': PARSER,
  'src/right.worker.ts': LENGTHS.replace('Lengths', 'Right'),
  'src/hidden.worker.ts': `${MARK}${LENGTHS.replace('export class Lengths', '// why it is hidden\nclass Hidden')}`,
  'src/legacy/old.worker.ts': LENGTHS.replace('export class Lengths', 'class Old'),
  'src/state.worker.ts': LENGTHS.replace(
    'export class Lengths',
    'const seen: string[] = [];\n\nexport class State',
  ).replace(
    '    return',
    '    // mproc-check-ignore no-module-state: a trial\n    seen.push(text);\n    seen.pop();\n    return',
  ),
  'src/dropped.worker.ts': LENGTHS.replace('Lengths', 'Dropped').replace(
    '    return text.length;\n  }',
    '    return text.length;\n  }\n\n  async later(): Promise<void> {\n    this.later();\n  }',
  ),
  'src/scripted.worker.js': `import { Worker } from 'mproc-worker';

export class Scripted extends Worker {
  process(n) {
    return n;
  }
}
`,
  'src/unused.ts': '// mproc-check-ignore no-module-state: nothing is changed here\nexport const a = 1;\n',
  'outside/left.worker.ts': LENGTHS.replace('Lengths', 'Left'),
};

interface Message {
  readonly ruleId: string | null;
  readonly severity: 1 | 2;
  readonly message: string;
  readonly line: number;
  readonly column: number;
  readonly endLine?: number;
  readonly endColumn?: number;
  readonly fix?: { readonly text: string };
  readonly suggestions?: readonly { readonly desc: string; readonly fix: { readonly text: string } }[];
}

describe.skipIf(!isThere)('in ESLint 9', () => {
  let project: Project;
  let messages: ReadonlyMap<string, readonly Message[]>;

  function lint(...options: string[]): Map<string, Message[]> {
    const { stdout, stderr } = spawnSync(process.execPath, [eslint, '--format', 'json', ...options, '.'], {
      cwd: project.root,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    const results = JSON.parse(stdout) as { filePath: string; messages: Message[] }[];
    return new Map(results.map((each) => [each.filePath.slice(project.root.length + 1), each.messages]));
  }

  beforeAll(() => {
    project = new Project(FILES);
    const config = JSON.parse(project.read('tsconfig.json'));
    config.compilerOptions.allowJs = true;
    project.write('tsconfig.json', JSON.stringify(config));
    mkdirSync(join(project.root, 'node_modules'));
    symlinkSync(join(checkout, 'eslint-plugin'), join(project.root, 'node_modules/eslint-plugin-mproc'));
    messages = lint();
  });
  afterAll(() => project.remove());

  test('findings are told by their rule, from where to where, and what is right has none', () => {
    expect(messages.get('src/right.worker.ts')).toEqual([]);
    expect(messages.get('src/hidden.worker.ts')).toMatchObject([
      {
        ...{ ruleId: 'mproc/worker-exported', severity: 2, fix: { text: 'export ' } },
        ...{ line: 4, column: 7, endLine: 4, endColumn: 13 },
        message: 'Hidden is not exported; write `export` before it',
      },
    ]);
    expect(messages.get('src/scripted.worker.js')).toMatchObject([
      { ruleId: 'mproc/worker-module', line: 3, fix: { text: expect.stringContaining('static module') } },
    ]);
  });

  test('a folder has a severity of its own, as everywhere in ESLint', () => {
    expect(messages.get('src/legacy/old.worker.ts')).toMatchObject([
      { ruleId: 'mproc/worker-exported', severity: 1 },
    ]);
  });

  test('a comment suppresses a finding, and one that suppresses nothing is told of', () => {
    expect(messages.get('src/state.worker.ts')).toMatchObject([
      { ruleId: 'mproc/no-module-state', line: 11 },
    ]);
    expect(messages.get('src/unused.ts')).toMatchObject([
      { ruleId: 'mproc/suppression-unused', severity: 1, line: 1 },
    ]);
  });

  test('a file that tsconfig.json leaves out is told of', () => {
    expect(messages.get('outside/left.worker.ts')).toMatchObject([{ ruleId: 'mproc/not-checked' }]);
  });

  test('--fix repairs what is safe, keeps marks and comments, and suggests the rest', () => {
    const left = lint('--fix');
    expect(left.get('src/hidden.worker.ts')).toEqual([]);
    expect(project.read('src/hidden.worker.ts')).toBe(
      FILES['src/hidden.worker.ts'].replace('class Hidden', 'export class Hidden'),
    );
    expect(project.read('src/scripted.worker.js')).toContain('  static module = import.meta.url;\n');
    expect(left.get('src/dropped.worker.ts')).toMatchObject([
      {
        ruleId: 'mproc/no-floating-promise',
        suggestions: [{ desc: expect.stringContaining('may change'), fix: { text: 'await ' } }],
      },
    ]);
    expect(project.read('src/dropped.worker.ts')).toBe(FILES['src/dropped.worker.ts']);
  });
});
