import { inspect } from 'node:util';
import type { Decision, Strategy } from '../contracts/strategy.js';
import { forbidsRetry, OptionError } from '../errors/errors.js';
import { asError } from '../worker/as-error.js';

const EXPECTED = "{ action: 'fail' }, { action: 'immediately' } or { action: 'later', delayMs }";

/**
 * Holds a strategy's decision to its contract: what is none of the three would be tried again for ever, or never.
 * @throws OptionError
 */
export function checkDecision(decision: Decision): Decision {
  const { action, delayMs } = (decision ?? {}) as { action?: unknown; delayMs?: unknown };
  if (action === 'fail' || action === 'immediately') return decision;
  if (action === 'later' && typeof delayMs === 'number' && !Number.isNaN(delayMs)) return decision;
  throw new OptionError(
    `a strategy must decide ${EXPECTED}, with milliseconds; it decided ${inspect(decision, { depth: 1 })}`,
  );
}

/**
 * What becomes of a job after an attempt that failed.
 * @param ask calls the strategy's `decide`
 * @returns the error of a strategy that cannot decide
 */
export function decide(
  strategy: Strategy | undefined,
  error: Error,
  ask: (strategy: Strategy) => Decision,
): Decision | Error {
  if (strategy === undefined || forbidsRetry(error)) return { action: 'fail' };
  try {
    return checkDecision(ask(strategy));
  } catch (thrown) {
    return asError(thrown);
  }
}
