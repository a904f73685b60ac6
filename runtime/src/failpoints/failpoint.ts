import { queueMicrotask } from '../clock/timers.js';
import type { FailpointName } from './failpoints.js';

/**
 * Places where a test makes its own process die or stop. Switched on by the environment when the process starts:
 *
 *     MPROC_FAILPOINT=<name>:<action>[:<nth time it is passed, default 1>][,…]
 *
 * `<name>` may end in `*`; each name then counts for itself. Actions: a signal (`SIGKILL`, `SIGSEGV`, `SIGSTOP`, …),
 * `stop` (SIGSTOP), `abort`, `exit(<code>)`, `sleep(<ms>)` (blocks the thread), `throw`, `uncaught` (throws where nobody
 * catches, when the stack has ended), `memory` (fills the heap until there is no more).
 */
interface Plan {
  readonly pattern: string;
  readonly act: () => void;
  readonly nth: number;
}

const plans = parsePlans(process.env.MPROC_FAILPOINT);
const passed = new Map<string, number>();

/** Does nothing unless `MPROC_FAILPOINT` names this place: then one test of a constant. */
export function failpoint(name: FailpointName): void {
  if (plans !== undefined) pass(name, plans);
}

function pass(name: string, active: readonly Plan[]): void {
  const times = (passed.get(name) ?? 0) + 1;
  passed.set(name, times);
  for (const plan of active) if (plan.nth === times && matches(plan.pattern, name)) plan.act();
}

function matches(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}

/** @internal Exported for its test. */
export function parsePlans(text: string | undefined): readonly Plan[] | undefined {
  if (!text) return undefined;
  return text.split(',').map((entry) => {
    const [pattern = '', action = '', nth = '1'] = entry.trim().split(':');
    return { pattern, act: actionOf(action), nth: Number(nth) };
  });
}

function actionOf(action: string): () => void {
  const [, word = action, argument = ''] = /^(\w+)\((\d+)\)$/.exec(action) ?? [];
  const number = Number(argument);
  switch (word) {
    case 'exit':
      return () => process.exit(number);
    case 'sleep':
      return () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, number);
    case 'abort':
      return () => process.abort();
    case 'throw':
      return () => {
        throw new Error('failpoint');
      };
    case 'uncaught':
      return () =>
        queueMicrotask(() => {
          throw new Error('failpoint');
        });
    case 'memory':
      return () => {
        for (const kept: unknown[] = []; ; ) kept.push(Array.from({ length: 10_000 }, () => ({})));
      };
    case 'stop':
      return () => void process.kill(process.pid, 'SIGSTOP');
    default:
      if (!/^SIG[A-Z0-9]+$/.test(word)) throw new TypeError(`MPROC_FAILPOINT: unknown action ${action}`);
      return () => void process.kill(process.pid, word as NodeJS.Signals);
  }
}
