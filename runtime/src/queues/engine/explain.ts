import { NoAnswer } from '../../clock/in-time.js';
import {
  MprocError,
  OptionError,
  QueueClosedError,
  QueueUnavailableError,
  ValueError,
} from '../../errors/errors.js';
import type { Engine, EngineProblem } from './engine.js';

/** How Node.js says that nobody is there, or no longer. */
const BROKEN = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
];

type Coded = Error & { readonly code?: unknown; readonly errors?: readonly Error[] };

/** What an error of an engine's client means to who uses the queue. */
export function explain(error: unknown, name: string, engine: Engine<never>): Error {
  if (error instanceof MprocError || error instanceof OptionError || error instanceof ValueError)
    return error;
  const raw: Coded = error instanceof Error ? error : new Error(String(error));
  const problem = problemOf(raw, engine);
  if (problem === 'destroyed') return new QueueClosedError(name);
  const cause = withoutSecrets(raw);
  if (problem === undefined)
    return new MprocError('ERR_QUEUE_ENGINE', `queue ${name}: ${engine.kind} says: ${cause.message}`, {
      cause,
    });
  const { kind, address } = engine;
  return new QueueUnavailableError(name, { engine: kind, address, permanent: problem === 'refused' }, cause);
}

function problemOf(error: Coded, engine: Engine<never>): EngineProblem | undefined {
  const told = engine.problem?.(error);
  if (told !== undefined) return told;
  const isBroken = [error, ...(error.errors ?? [])].some((one: Coded) => BROKEN.includes(String(one.code)));
  return isBroken || error instanceof NoAnswer ? 'unreachable' : undefined;
}

/** Clients like to keep the command that failed in its error, with the values, and the address with its password. */
function withoutSecrets(error: Coded): Error {
  // Node.js tries all addresses of a host, and says nothing of their failures together.
  const message =
    error.message || (error.errors ?? []).map((one) => one.message).join('; ') || String(error.code);
  const cause = new Error(message);
  cause.name = error.name;
  if (error.code !== undefined) Object.assign(cause, { code: error.code });
  return cause;
}
