import { readFileSync } from 'node:fs';

/** Queues that have each member of the contract themselves: in the memory of a process, and over SQLite. */
const NAMES = { 'by-hand': 'byHandQueue', rows: 'rowsQueue' };
const FOLDER = 'added/src/queues';

/** Their files, with tests that run the kit, by the path in a project. */
export function handWrittenQueues(): [path: string, text: string][] {
  return Object.entries(NAMES).flatMap(([file, factory]) => [
    [
      `${FOLDER}/${file}.queue.ts`,
      readFileSync(new URL(`./queues/${file}.queue.txt`, import.meta.url), 'utf8'),
    ],
    [`${FOLDER}/${file}.queue.test.ts`, testOf(file, factory)],
  ]);
}

export function isHandWritten(path: string): boolean {
  return Object.keys(NAMES).some((file) => path === `${FOLDER}/${file}.queue.ts`);
}

function testOf(file: string, factory: string): string {
  return `import { describeQueue } from 'mproc-worker/testing';
import { ${factory} } from './${file}.queue.ts';

describeQueue('${factory}', ${factory}, {
  module: new URL('./${file}.queue.ts', import.meta.url).href,
  export: '${factory}',
});
`;
}
