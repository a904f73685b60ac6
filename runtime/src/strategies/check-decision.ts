import { inspect } from 'node:util';
import type { Decision } from '../contracts/strategy.js';
import { OptionError } from '../errors/errors.js';

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
