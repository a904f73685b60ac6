import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inFunction, requiringOwn, toCommonJs, withOwnPath } from '../../../generator/style/commonjs.js';
import { toJavaScript } from '../../../generator/style/javascript.js';
import { styleOf } from '../../../generator/style/project-style.js';
import { restyle } from '../../../generator/style/restyle.js';
import { TEMPLATE_STYLE } from '../../../generator/style/text-style.js';
import { emptyFolder } from '../place/place.js';

function project(files: Readonly<Record<string, string>>): string {
  const root = emptyFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

describe('the style of a text', () => {
  const CODE = "/**\n * Why.\n */\nif (a) {\n  b('x', \"it's\", `\n    kept '\n`);\n}\n";

  test('changes indentation and quotes of code, and nothing inside of strings and template literals', () => {
    const style = { ...TEMPLATE_STYLE, indentation: '\t', quote: '"' } as const;
    expect(restyle('a.ts', CODE, style)).toBe(
      '/**\n * Why.\n */\nif (a) {\n\tb("x", "it\'s", `\n    kept \'\n`);\n}\n',
    );
  });

  test('gives line ends, a byte order mark and the last line end to code, and leaves a mark out of all else', () => {
    const style = { ...TEMPLATE_STYLE, eol: '\r\n', mark: true, lastLineEnds: false } as const;
    expect(restyle('a.ts', 'a;\nb;\n', style)).toBe('\ufeffa;\r\nb;');
    expect(restyle('a.yaml', 'a:\n  - b\n', style)).toBe('a:\r\n  - b');
  });

  test('is that of most files, and `.editorconfig` counts more', () => {
    const root = project({
      'src/a.ts': 'import a from "a";\r\nif (a) {\r\n\tb();\r\n}\r\n',
      'src/b.ts': '\ufeffimport a from "a";\r\nif (a) {\r\n\tb();\r\n}\r\n',
      'src/c.ts': "import a from 'a';\nif (a) {\n  b();\n}\n",
    });
    const observed = { eol: '\r\n', mark: false, indentation: '\t', quote: '"', lastLineEnds: true };
    expect(styleOf(root).textOf('src/d.ts')).toEqual(observed);
    writeFileSync(
      join(root, '.editorconfig'),
      'root = true\n[*]\nend_of_line = lf ; unix\ncharset = utf-8-bom\n[*.{ts,js}]\nindent_style = space\nindent_size = 4\n[src/made/**]\nindent_size = 8\n',
    );
    expect(styleOf(root).textOf('src/d.ts')).toEqual({
      ...observed,
      eol: '\n',
      mark: true,
      indentation: '    ',
    });
    expect(styleOf(root).textOf('src/made/d.ts').indentation).toBe(' '.repeat(8));
    expect(styleOf(root).textOf('compose.yaml').indentation).toBe('\t');
  });
});

describe('the modules of a project', () => {
  const SOURCE = { 'src/a.ts': "import { b } from './b';\n" };
  test.each([
    ['nothing said', {}, 'esm', '.ts'],
    ['a module', { 'package.json': '{"type":"module"}' }, 'esm', '.ts'],
    [
      'nodenext in a module',
      { 'package.json': '{"type":"module"}', 'tsconfig.json': '{"compilerOptions":{"module":"NodeNext"}}' },
      'esm',
      '.js',
    ],
    [
      'nodenext in no module, with a comment and a comma too much',
      { 'package.json': '\ufeff{}', 'tsconfig.json': '{"compilerOptions":{"module":"node20",/* why */},}' },
      'commonjs',
      '',
    ],
    [
      'a base configuration',
      {
        'package.json': '{"type":"module"}',
        'base.json': '{"compilerOptions":{"module":"commonjs"}}',
        'tsconfig.json': '{"extends":"./base.json"}',
      },
      'commonjs',
      '',
    ],
    [
      'a bundler',
      {
        'package.json': '{}',
        'tsconfig.json': '{"compilerOptions":{"module":"esnext","moduleResolution":"bundler"}}',
      },
      'esm',
      '',
    ],
    [
      'endings of TypeScript',
      {
        'package.json': '{"type":"module"}',
        'tsconfig.json': '{"compilerOptions":{"module":"nodenext","allowImportingTsExtensions":true}}',
      },
      'esm',
      '.ts',
    ],
  ])('%s', (_what, files, modules, importEnding) => {
    expect(styleOf(project({ ...SOURCE, ...files }))).toMatchObject({
      language: 'typescript',
      modules,
      importEnding,
    });
  });

  test('are of JavaScript where there is some, and no TypeScript', () => {
    expect(styleOf(project({ 'package.json': '{}', 'index.js': '' }))).toMatchObject({
      language: 'javascript',
      modules: 'commonjs',
    });
    expect(
      styleOf(project({ 'package.json': '{"devDependencies":{"typescript":"*"}}', 'index.js': '' })).language,
    ).toBe('typescript');
  });
});

test('types are taken out whole, with what described them', () => {
  const text = [
    "import { type A, b } from 'x';",
    "import type { C } from './c.ts';",
    '',
    '/** A row. */',
    'export interface Row {',
    '  readonly id: { a: string };',
    '}',
    '',
    '/** Either. */',
    'type Either = { a: 1 } | { b: 2 };',
    '',
    '/** Kept: private readonly x. */',
    'export class Sums extends Base<A, number> implements C {',
    '  static override readonly module = import.meta.url;',
    '  private readonly rows = new Map<string, Row>(b);',
    '',
    "  protected override async process(args: A, why: string = 'private x'): Promise<number> {",
    '    return (args as unknown as Row).id!.length;',
    '  }',
    '}',
    '',
  ].join('\n');
  expect(toJavaScript(text)).toBe(
    [
      "import { b } from 'x';",
      '',
      '/** Kept: private readonly x. */',
      'export class Sums extends Base {',
      '  static module = import.meta.url;',
      '  rows = new Map(b);',
      '',
      "  async process(args, why = 'private x') {",
      '    return (args).id.length;',
      '  }',
      '}',
      '',
    ].join('\n'),
  );
});

test('imports and exports become those of CommonJS, and a program that waits becomes a function', () => {
  expect(toCommonJs("import { a as b, c } from './a.js';\n\nexport class D {}\nexport const e = 1;\n")).toBe(
    "const { a: b, c } = require('./a.js');\n\nclass D {}\nconst e = 1;\n\nmodule.exports = { D, e };\n",
  );
  expect(withOwnPath('static module = import.meta.url;\n')).toBe('static module = __filename;\n');
  expect(withOwnPath("new URL('./a.ts', import.meta.url).href")).toBe(
    "import { pathToFileURL } from 'node:url';\npathToFileURL(require.resolve('./a.ts')).href",
  );
  expect(inFunction("import a from 'a';\n\nawait a();\n")).toContain(
    'async function main() {\n  await a();\n}\n',
  );
  expect(inFunction('a();\n')).toBe('a();\n');
  expect(requiringOwn("import { test } from 'vitest';\nimport { A } from './a.js';\n\ntest(A);\n")).toBe(
    "import { createRequire } from 'node:module';\nimport { test } from 'vitest';\n\nconst require = createRequire(import.meta.url);\nconst { A } = require('./a.js');\n\ntest(A);\n",
  );
});
