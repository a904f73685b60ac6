import { describe, expect, test } from 'vitest';
import { content, repositoryFiles } from './files.js';

const TIMERS = /(?<![\w.#'`])(set(?:Timeout|Interval|Immediate)|clear(?:Timeout|Interval)|queueMicrotask)\(/g;
const CLOCKS =
  /\bperformance\.now\(|\bDate\.now\(|\bprocess\.(?:nextTick|hrtime)\b|from 'node:timers(?:\/promises)?'/g;

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*/g, '');
}

/** What a file takes of the clocks that a test runner may hold. */
function heldIn(text: string): string[] {
  const code = withoutComments(text);
  const [, imported = ''] = /import \{([^}]*)\} from '[./]*clock\/timers\.js'/.exec(code) ?? [];
  const own = new Set(imported.split(',').map((name) => name.trim()));
  const timers = [...code.matchAll(TIMERS)].map(([, name = '']) => name).filter((name) => !own.has(name));
  return [...timers, ...[...code.matchAll(CLOCKS)].map(([use]) => use)];
}

describe('clocks of the runtime', () => {
  // The kit runs in the user's tests, and a clock that they hold is theirs.
  const files = repositoryFiles().filter((file) => /^runtime\/src\/(?!clock\/|testing\/).*\.ts$/.test(file));

  test.each(files)('%s has them from clock/, where no test runner can hold them', (file) => {
    expect(heldIn(content(file))).toEqual([]);
  });

  test('others are found', () => {
    expect(heldIn("import { delay } from './clock/timers.js'; setTimeout(f, 1); Date.now();")).toEqual([
      'setTimeout',
      'Date.now(',
    ]);
  });
});
