/** Other copies of this package in the process, as that of a queue's module, know it as well. */
const MARK = Symbol.for('mproc-worker.look-only');

type Marked = typeof globalThis & { [MARK]?: true };

/**
 * From now on this process looks at queues and serves none: it ends no lease that is over, since only who serves a queue
 * knows how often its values may be handed out, and it makes no queue in shared memory.
 */
export function lookOnly(): void {
  (globalThis as Marked)[MARK] = true;
}

export function looksOnly(): boolean {
  return (globalThis as Marked)[MARK] === true;
}
