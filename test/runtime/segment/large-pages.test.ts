import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { compiled } from '../../native/compile.js';

const PROGRAM = fileURLToPath(new URL('./large-pages.program.mjs', import.meta.url));
const VALUES = 12;

test.for([16_384, 65_536])('values cross where a page of memory has %i bytes', (pageBytes, context) => {
  const library = compiled('large-pages.c');
  if (library.problem !== undefined) {
    console.warn(`skipped: ${library.problem}`);
    return context.skip(library.problem);
  }
  try {
    const env = { ...process.env, LD_PRELOAD: library.file, MPROC_PAGE_BYTES: String(pageBytes) };
    const told = JSON.parse(execFileSync(process.execPath, [PROGRAM], { env, encoding: 'utf8' }));
    expect(Object.keys(told).length).toBeGreaterThan(VALUES);
    expect(Object.entries(told).filter(([, outcome]) => outcome !== true)).toEqual([]);
  } finally {
    library.remove();
  }
});
