import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** So that nobody pays for what another one has left lying about. */
export function collectGarbage(): void {
  collect();
}

/** Bytes that this process keeps: objects, and what lies outside of the heap. */
export function keptBytes(): number {
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
