import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../e2e/command.js';
import { ROOT, repositoryFiles } from './files.js';
import { type Snippet, snippetsOf } from './snippets.js';

/** Pages whose code a reader copies. Configurations of bundlers are run by `test/bundlers`, generated code by `test/e2e`. */
const PAGES = /^(README|runtime\/README|docs\/guide\/[\w-]+|docs\/(coming-from|troubleshooting|faq))\.md$/;
const READMES = /README\.md$/;
const require = createRequire(import.meta.url);
const TSX = pathToFileURL(require.resolve('tsx')).href;
const pages = repositoryFiles().filter((path) => PAGES.test(path));
const MANIFEST = { private: true, type: 'module' };
const CONFIGURATION = {
  compilerOptions: {
    target: 'es2023',
    lib: ['es2023', 'esnext.disposable'],
    module: 'nodenext',
    types: ['node'],
    strict: true,
    noImplicitOverride: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    // As a build does: beside the sources, and importing each other there.
    rewriteRelativeImportExtensions: true,
    erasableSyntaxOnly: true,
  },
  include: ['.'],
};

let folder = '';

function folderOf(page: string): string {
  return join(folder, page.replaceAll(/[/.]/g, '-'));
}

/** Where a snippet is written: under the name that it gives itself, or that of its line. */
function fileOf({ where, file, language }: Snippet, page: string): string {
  return join(folderOf(page), file ?? `line-${where.split(':')[1]}.${language}`);
}

beforeAll(() => {
  // Outside of the repository, as a user's project is.
  folder = mkdtempSync(join(realpathSync(tmpdir()), 'mproc-snippets-'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify(MANIFEST));
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(CONFIGURATION));
  for (const page of pages)
    for (const snippet of snippetsOf(page)) {
      const file = fileOf(snippet, page);
      mkdirSync(dirname(file), { recursive: true });
      // A part of a file is a module of its own, so that its names are too.
      writeFileSync(
        file,
        snippet.file === undefined && snippet.language === 'ts'
          ? `${snippet.code}\nexport {};\n`
          : snippet.code,
      );
    }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a page shows each file once', () => {
  for (const page of pages) {
    const named = snippetsOf(page).flatMap(({ file }) => file ?? []);
    expect([...new Set(named)], page).toEqual(named);
  }
});

test('the code of the pages compiles', async () => {
  const compiler = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
  const { code, output } = await run(process.execPath, [compiler, '-p', folder], folder);
  expect(code, output).toBe(0);
});

// Programs have time limits, as those of their readers do. A machine on which one was exceeded is asked again.
test.concurrent.each(
  pages.flatMap((page) => snippetsOf(page).map((snippet) => ({ page, ...snippet }))).filter(prints),
)('the program at $where prints what the page says', { retry: 3 }, async ({ page, ...snippet }) => {
  const file = fileOf(snippet, page);
  // The README says how TypeScript is run. Elsewhere what was compiled is, which starts in a third of the time.
  const args = READMES.test(page) ? ['--import', TSX, file] : [file.replace(/\.ts$/, '.js')];
  const ran = await run(process.execPath, args, folderOf(page));
  expect(ran, ran.output).toMatchObject({ code: 0 });
  expect(ran.stdout).toBe(snippet.prints);
});

function prints({ prints }: Snippet): boolean {
  return prints !== undefined;
}
