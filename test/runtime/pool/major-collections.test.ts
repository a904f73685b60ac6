import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const PROGRAM = fileURLToPath(new URL('./major-collections.mjs', import.meta.url));

/**
 * What a call leaves must not hang on something that V8 holds to be old: then it would keep all that follows, until V8
 * cleans up all of its memory, which it had to do a dozen times here.
 */
test.each(['map', 'map with a time limit', 'imap', 'imapUnordered', 'run'])(
  'what calls of %s leave goes while it is young',
  (way) => {
    const told = execFileSync(process.execPath, [PROGRAM, way], { encoding: 'utf8' });
    expect(JSON.parse(told).major).toBeLessThanOrEqual(2);
  },
);
