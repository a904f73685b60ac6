import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { expect, test } from 'vitest';
import { ERROR_CODES } from '../../runtime/src/errors/codes.js';
import { content, ROOT, repositoryFiles } from './files.js';

/** What the projects that the generator makes can run. */
const SCRIPTS_OF_A_PROJECT = ['host', 'start', 'dev', 'test', 'check', 'build'];
const documents = repositoryFiles().filter((path) =>
  /^(README|CHANGELOG|CONTRIBUTING)\.md$|^(docs|examples)\/.*\.md$/.test(path),
);

/** Made from the source, which says some things of several fields. */
const MADE = new Set(['docs/memory-layout.md', 'docs/errors.md', 'docs/options.md', 'docs/api.md']);

/** Sentences of some length, outside of code and tables. */
function sentencesOf(text: string): string[] {
  const prose = text.replaceAll(/^```.*?^```/gms, '').replaceAll(/^\|.*$/gm, '');
  return prose
    .split(/(?<=[.:;])\s+|\n{2,}/)
    .map((sentence) => sentence.replaceAll(/\s+/g, ' ').trim())
    .filter((sentence) => sentence.length > 40);
}

test('every error code is documented (`npx vitest run test/repository -u` writes the page anew)', async () => {
  const rows = Object.entries(ERROR_CODES).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
  const page = [
    '# Error codes',
    '',
    'Every error of `mproc-worker` has a `code`. Codes are stable, messages are not.',
    'This page is made from `runtime/src/errors/codes.ts`.',
    '',
    '| code | meaning, and what to do |',
    '| --- | --- |',
    ...rows,
    '',
  ].join('\n');
  await expect(page).toMatchFileSnapshot('../../docs/errors.md');
});

test('documents link to files that exist', () => {
  const dead = documents.flatMap((document) =>
    [...content(document).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
      .map(([, link = '']) => posix.join(posix.dirname(document), link))
      .filter((path) => !existsSync(`${ROOT}${path}`))
      .map((path) => `${document}: ${path}`),
  );
  expect(dead).toEqual([]);
});

/** What a heading is found by: as GitHub makes it. */
function anchorsOf(document: string): Set<string> {
  const headings = [
    ...content(document)
      .replaceAll(/^```.*?^```/gms, '')
      .matchAll(/^#+ (.+)$/gm),
  ];
  return new Set(
    headings.map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

test('documents link to headings that exist', () => {
  const links = documents.flatMap((document) =>
    [...content(document).matchAll(/\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)/g)].map(
      ([, page = '', anchor = '']) => ({
        document,
        target: page === '' ? document : posix.join(posix.dirname(document), page),
        anchor,
      }),
    ),
  );
  expect(links.length).toBeGreaterThan(10);
  const dead = links.filter(({ target, anchor }) => target.endsWith('.md') && !anchorsOf(target).has(anchor));
  expect(dead.map(({ document, target, anchor }) => `${document}: ${target}#${anchor}`)).toEqual([]);
});

test('the list of documents has each once', () => {
  const list = content('docs/README.md');
  const listed = [...list.matchAll(/\]\((?!\.\.)([^)#\s]+)\)/g)].map(([, page = '']) => page);
  const pages = documents
    .filter((path) => path.startsWith('docs/') && path !== 'docs/README.md')
    .map((path) => path.slice('docs/'.length));
  // The pages of the rules have a list of their own.
  const expected = pages.filter((path) => !path.startsWith('rules/') || path === 'rules/README.md');
  expect(listed.sort()).toEqual(expected.sort());
});

test('no document says a sentence twice', () => {
  const twice = documents
    .filter((path) => path !== 'CHANGELOG.md' && !MADE.has(path))
    .flatMap((path) => {
      const sentences = sentencesOf(content(path));
      return sentences
        .filter((sentence, at) => sentences.indexOf(sentence) !== at)
        .map((text) => `${path}: ${text}`);
    });
  expect(twice).toEqual([]);
});

test('documents name npm scripts that exist', () => {
  const { scripts } = JSON.parse(content('package.json')) as { scripts: Record<string, string> };
  const known = [...Object.keys(scripts), ...SCRIPTS_OF_A_PROJECT];
  const unknown = documents.flatMap((document) =>
    [...content(document).matchAll(/npm run ([\w:-]+)/g)]
      .map(([, name = '']) => name)
      .filter((name) => !known.includes(name))
      .map((name) => `${document}: npm run ${name}`),
  );
  expect(unknown).toEqual([]);
});
