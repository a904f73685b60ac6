import { MprocError, ValueError } from '../../errors/errors.js';
import { recordIn } from './encoded.js';
import { isPlainJson } from './plain-json.js';
import { type Node, readNode } from './read-node.js';
import { writeNode } from './write-node.js';

/** Key of the envelope around what plain JSON cannot say; its value is the version of the form. */
const ENVELOPE = '$mproc';
const VERSION = 1;
const PROTO = '__proto__';
/** How JSON may spell the key: as it is, or with one of its letters by number. */
const MAY_HAVE_PROTO = /__proto__|\\u00(?:5f|6f|7[024])/i;

/** A record that cannot be read: no JSON, of an unknown version, or not as it must be. It belongs to the dead letters. */
export class RecordError extends MprocError {
  constructor(problem: string, options?: ErrorOptions) {
    super('ERR_VALUE_DECODE', `a record cannot be read: ${problem}`, options);
  }
}

/**
 * A value as text for an engine. Plain JSON is itself, so that a person can read the row; anything else
 * (undefined, -0, NaN, bigint, Date, Map, Set, RegExp, bytes, errors, cycles, …) is `{"$mproc":1,"value":…}`.
 * @throws ValueError for what cannot be sent, with its path
 */
export function encodeRecord(value: unknown): string {
  const made = recordIn(value);
  if (made !== undefined) return made;
  try {
    if (isSafelyPlain(value)) return JSON.stringify(value);
    return JSON.stringify({ [ENVELOPE]: VERSION, value: writeNode(value) });
  } catch (error) {
    if (error instanceof RangeError) throw new ValueError('value', 'is nested too deeply, or too large');
    throw error;
  }
}

/** What throws when it is looked at is left to the tagged form, which says where. */
function isSafelyPlain(value: unknown): boolean {
  try {
    return isPlainJson(value) && !hasEnvelopeKey(value);
  } catch {
    return false;
  }
}

/**
 * The value of a record, which may come from anybody: nothing in it is run, and no prototype is changed.
 * @throws RecordError
 */
export function decodeRecord(record: string | Uint8Array): unknown {
  const text = typeof record === 'string' ? record : textOf(record);
  const parsed = parse(text);
  if (!hasEnvelopeKey(parsed)) return parsed;
  const { [ENVELOPE]: version, value } = parsed;
  if (version !== VERSION)
    throw new RecordError(`its version is ${JSON.stringify(version)}, expected ${VERSION}`);
  try {
    return readNode(value as Node);
  } catch (error) {
    if (error instanceof RecordError) throw error;
    throw new RecordError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function textOf({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('utf8');
}

function hasEnvelopeKey(value: unknown): value is { [ENVELOPE]: unknown; value: unknown } {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, ENVELOPE)
  );
}

function parse(text: string): unknown {
  try {
    return MAY_HAVE_PROTO.test(text) ? JSON.parse(text, refuseProto) : JSON.parse(text);
  } catch (error) {
    if (error instanceof RecordError) throw error;
    throw new RecordError(`it is no JSON: ${(error as Error).message}`, { cause: error });
  }
}

function refuseProto(key: string, value: unknown): unknown {
  if (key === PROTO) throw new RecordError('it has a key `__proto__`');
  return value;
}
