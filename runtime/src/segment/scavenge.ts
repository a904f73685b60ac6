import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

type Collect = (options: { type: 'minor' }) => void;
let collect: Collect | undefined;

/**
 * Frees what was made lately and is not used any more, in a fraction of a millisecond. V8 would do so by itself when it
 * needs memory, but does not know that somebody else waits for some.
 */
export function scavenge(): void {
  collect ??= load();
  collect({ type: 'minor' });
}

/** The program's own contexts do not get to see it. */
function load(): Collect {
  // Loaded here, as many a process never needs them.
  const { setFlagsFromString } = require('node:v8') as typeof import('node:v8');
  const { runInNewContext } = require('node:vm') as typeof import('node:vm');
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as Collect;
  setFlagsFromString('--no-expose-gc');
  return gc;
}
