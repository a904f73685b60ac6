import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../generator/cli/commands.js';
import { JobEvent } from '../../runtime/src/contracts/job-event.js';
import { ERROR_CODES } from '../../runtime/src/errors/codes.js';
import { content, ROOT, repositoryFiles } from './files.js';

const files = repositoryFiles();
/** What users read. The changelog tells of names that are gone. */
const pages = files.filter((path) =>
  /^(README|runtime\/README|examples\/README)\.md$|^docs\/(?!map|memory-)[^/]+\.md$|^docs\/guide\/.*\.md$/.test(
    path,
  ),
);
/** They have many names of other packages. */
const COMPARED = 'docs/coming-from.md';
const BUNDLERS = 'docs/bundlers.md';

/** Each match of a pattern's first group in each page: `page: name`, once. */
function named(pattern: RegExp, of: readonly string[] = pages): [page: string, name: string][] {
  return of.flatMap((page) =>
    [...new Set([...content(page).matchAll(pattern)].map(([, name = '']) => name))].map(
      (name): [string, string] => [page, name],
    ),
  );
}

/** Those that nobody knows. Also that there are some, or the pattern finds nothing and the test says nothing. */
function unknown(found: readonly [string, string][], isKnown: (name: string) => boolean): string[] {
  expect(found.length).toBeGreaterThan(2);
  return found.filter(([, name]) => !isKnown(name)).map(([page, name]) => `${page}: ${name}`);
}

/** Of other packages. */
const OF_OTHERS = new Set(['vmThreads', 'workerType']);

const sources = files
  .filter((path) => /^(runtime\/src|generator|templates)\/.*\.(ts|hbs)$/.test(path))
  .map(content)
  .join('\n');
const words = new Set(sources.match(/[A-Za-z_]\w*/g));

describe('documents name', () => {
  test('error codes that exist', () => {
    // The generator has codes of its own.
    expect(
      unknown(named(/\b(ERR_[A-Z_]+\b|ABORT_ERR)/g), (code) => code in ERROR_CODES || words.has(code)),
    ).toEqual([]);
  });

  test('every error code of the runtime that the troubleshooting page has under its present name', () => {
    expect(
      unknown(named(/`(ERR_[A-Z_]+)`/g, ['docs/troubleshooting.md']), (code) => code in ERROR_CODES),
    ).toEqual([]);
  });

  test('events of jobs that exist', () => {
    expect(unknown(named(/\bJobEvent\.(\w+)/g), (event) => event in JobEvent)).toEqual([]);
  });

  test('events of a pool that exist', () => {
    const [, events = ''] = content('docs/api.md').split('#### PoolEvents\n');
    const known = [...events.split('\n####')[0]!.matchAll(/^\| `(\w+): \[/gm)].map(([, event]) => event);
    expect(known).toContain('spawn');
    expect(
      unknown(named(/pool\.on\('(\w+)'/g, ['docs/guide/watching-jobs.md']), (event) => known.includes(event)),
    ).toEqual([]);
  });

  test('options, members and functions that exist', () => {
    // What is written as code and has a hump: `maxQueue`, `pool.imapUnordered`, `this.jobId`.
    // What is of another object is another package's.
    const camel = named(
      /`(?:(?:this|pool|worker|job|response|queue|error|event)\.)?([a-z]+[A-Z]\w*)(?:\(\)|: [^`]*|\([^`]*\))?`/g,
      pages.filter((page) => page !== COMPARED && page !== BUNDLERS),
    );
    expect(unknown(camel, (name) => words.has(name) || OF_OTHERS.has(name))).toEqual([]);
  });

  test('times and sizes that are options or members', () => {
    const reference = new Set(
      `${content('docs/options.md')}${content('docs/api.md')}`.match(/\b\w+(?:Ms|Bytes)\b/g),
    );
    const guides = pages.filter((page) => /README|guide|faq|troubleshooting|from-one-machine/.test(page));
    expect(unknown(named(/`(\w+(?:Ms|Bytes))`/g, guides), (name) => reference.has(name))).toEqual([]);
  });

  test('the calls of this package that a page of comparison has', () => {
    const right = named(/^\| [^|]* \| ([^|]*) \|/gm, [COMPARED]).flatMap(([page, column]) =>
      [...column.matchAll(/`(?:[a-z]\w*\.)*([a-z]+[A-Z]\w*)/g)].map(([, name = '']): [string, string] => [
        page,
        name,
      ]),
    );
    expect(unknown(right, (name) => words.has(name))).toEqual([]);
  });

  test('commands of the generator that exist', () => {
    const known = COMMANDS.map(({ words: [first] }) => first);
    const found = named(/create-mproc-worker(?:@latest)? ([a-z]+)(?![\w-])(?! --template)/g);
    // A new project's name may stand where a command could: with a template behind it, or a dash in it.
    expect(unknown(found, (name) => known.includes(name) || name === 'demo')).toEqual([]);
  });

  test('commands of mproc that exist', () => {
    const known = [...content('runtime/src/cli/main.ts').matchAll(/^ {6}(\w+): loaded\(/gm)].map(
      ([, name]) => name,
    );
    expect(unknown(named(/npx mproc ([a-z]+)/g), (name) => known.includes(name))).toEqual([]);
  });

  test('benchmarks and deaths that can be run', () => {
    const benchmarks = readdirSync(`${ROOT}bench`).map((file) => file.replace('.ts', ''));
    expect(unknown(named(/npm run bench -- ([a-z-]+)/g), (name) => benchmarks.includes(name))).toEqual([]);
    const chaos = content('test/chaos/run.ts');
    const isDeath = (name: string) => /^g([1-9]|1[0-5])$/.test(name) || chaos.includes(`'${name}'`);
    expect(unknown(named(/npm run chaos -- ([a-z]\w*)/g), isDeath)).toEqual([]);
  });
});
