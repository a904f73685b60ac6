import { OptionError } from '../../errors/errors.js';
import { functionOrNone } from '../../options/function-or-none.js';
import { mustKnowOptions } from '../../options/known-options.js';
import { limit } from '../../options/limit.js';
import type { SubmitOptions } from '../steering/job-options.js';
import type { ImapOptions } from './imap-call.js';
import type { MapOptions } from './map-call.js';
import type { RunOptions } from './run-call.js';

type OptionName = Exclude<
  keyof MapOptions | keyof ImapOptions | keyof RunOptions,
  'isForOthers' | 'id' | 'carrier' | 'before' | 'steering'
>;

/** Of all calls together, so that one object of options can be given to several. */
const CALL_OPTIONS: Record<OptionName, true> = {
  signal: true,
  timeoutMs: true,
  onSubmit: true,
  onProgress: true,
  lookAhead: true,
  batch: true,
  keepInputs: true,
  orThrow: true,
  priority: true,
  delayMs: true,
  at: true,
  expiresAfterMs: true,
  dedupeKey: true,
};

/** Of `submit`, whose answer nobody waits for. */
const SUBMIT_OPTIONS: Record<keyof SubmitOptions, true> = {
  tx: true,
  after: true,
  afterFailed: true,
  priority: true,
  delayMs: true,
  at: true,
  expiresAfterMs: true,
  dedupeKey: true,
  timeoutMs: true,
};

/** @throws OptionError */
export function checkSubmitOptions(options: SubmitOptions): void {
  mustKnowOptions('submit', options, SUBMIT_OPTIONS);
  limit('timeoutMs', options.timeoutMs);
}

/** Do they say when jobs may begin, or before which others? Most do not, and pay for nothing of it. */
export function isSteered(options: { readonly [name in OptionName]?: unknown }): boolean {
  const { priority, delayMs, at, expiresAfterMs, dedupeKey } = options;
  return (
    priority !== undefined ||
    delayMs !== undefined ||
    at !== undefined ||
    expiresAfterMs !== undefined ||
    dedupeKey !== undefined
  );
}

/** @throws OptionError */
export function checkCallOptions(options: { readonly [name in OptionName]?: unknown }): void {
  mustKnowOptions('a call', options, CALL_OPTIONS);
  limit('timeoutMs', options.timeoutMs);
  functionOrNone('onSubmit', options.onSubmit);
  functionOrNone('onProgress', options.onProgress);
  mustBeFlag('keepInputs', options.keepInputs);
  mustBeFlag('orThrow', options.orThrow);
  const { signal } = options;
  if (signal !== undefined && typeof (signal as Partial<AbortSignal> | null)?.addEventListener !== 'function')
    throw new OptionError(`option signal must be an AbortSignal; received ${String(signal)}`);
}

function mustBeFlag(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'boolean')
    throw new OptionError(`option ${name} must be true or false; received ${String(value)}`);
}

/** @throws OptionError for a call that gives responses whatever it is told */
export function mustNotThrow(call: string, options: object): void {
  if ((options as { readonly orThrow?: unknown }).orThrow)
    throw new OptionError(
      `orThrow is an option of map alone; ${call} gives responses: write response.orThrow()`,
    );
}
