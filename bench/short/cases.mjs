// JavaScript: a part of whole programs whose start is measured.
import { fileURLToPath } from 'node:url';

const KILOBYTE = 'x'.repeat(1024);
const PART = (at) =>
  `## Part ${at}\n\nSome *words* of [a page](https://example.org/${at}) with \`code\`.\n\n- one\n- two\n`;
const PAGE = Array.from({ length: 60 }, (_, at) => PART(at)).join('\n');

/** Texts of 5 KB, each another. */
export const pages = (count) => Array.from({ length: count }, (_, at) => `# Page ${at}\n\n${PAGE}`);
const texts = (count) => Array.from({ length: count }, (_, at) => `${at}${KILOBYTE}`);
const isHash = (text) => text.length === 64;
const isPage = (text) => text.includes('Part 59');
const areRows = (rows) => rows.length === 1000 && rows[999].name === 'row 999';

/** What the programs do: the function's name and module, its inputs, and what an answer must be. */
export const CASES = {
  one: { title: 'one hash', job: 'hash', file: 'jobs.mjs', inputs: texts(1), isRight: isHash },
  forty: { title: '40 hashes', job: 'hash', file: 'jobs.mjs', inputs: texts(40), isRight: isHash },
  objects: {
    title: '20 jobs that return 1,000 objects each',
    job: 'rows',
    file: 'jobs.mjs',
    inputs: Array.from({ length: 20 }, (_, at) => at),
    isRight: areRows,
  },
  pages: {
    title: '20 pages of Markdown',
    job: 'page',
    file: 'pages.mjs',
    inputs: pages(20),
    isRight: isPage,
  },
  many: {
    title: '300 pages of Markdown',
    job: 'page',
    file: 'pages.mjs',
    inputs: pages(300),
    isRight: isPage,
  },
};

/** The case that the command line names. */
export function caseOfCommandLine() {
  const { job, file, inputs, isRight } = CASES[process.argv[2]];
  const url = new URL(file, import.meta.url);
  return {
    job,
    url: url.href,
    path: fileURLToPath(url),
    inputs,
    check(answers) {
      if (answers.length !== inputs.length || !answers.every(isRight))
        throw new Error(`${job}: wrong answers`);
    },
  };
}
