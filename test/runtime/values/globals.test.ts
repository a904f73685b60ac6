import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ValueError } from '../../../runtime/src/errors/index.js';
import { decodeRecord, encodeRecord } from '../../../runtime/src/queues/wire/index.js';
import { everyGlobal } from './every-global.mjs';
import { roundTrip } from './round-trip.js';

const values = (await everyGlobal()) as readonly [string, object][];

/** What arrives; `undefined` where it is refused, with its path. */
function arriving(value: object, send: (whole: object) => unknown, path: string): unknown {
  try {
    return (send({ items: [value] }) as { items: unknown[] }).items[0];
  } catch (error) {
    expect(error).toBeInstanceOf(ValueError);
    // It may be a part of it that cannot be sent.
    expect((error as ValueError).path.slice(0, path.length)).toBe(path);
    return undefined;
  }
}

function expectEqual(copy: unknown, value: object): void {
  if (!(value instanceof Error)) expect(isDeepStrictEqual(copy, value)).toBe(true);
  // Its class may be one that stands for its own.
  else expect([(copy as Error).name, (copy as Error).message]).toEqual([value.name, value.message]);
}

describe('what Node.js has under a global name arrives as it is, or is refused with its path', () => {
  it('is looked at', () => {
    expect(values.length).toBeGreaterThan(90);
  });

  it.each(values)('%s', (_name, value) => {
    const copy = arriving(value, (whole) => roundTrip(whole), 'args.items[0]');
    if (copy !== undefined) expectEqual(copy, value);
  });

  it.each(values)('%s, over a queue', (_name, value) => {
    const send = (whole: object) => decodeRecord(encodeRecord(whole));
    const copy = arriving(value, send, 'value.items[0]');
    if (copy !== undefined && !(value instanceof Error)) expect(isDeepStrictEqual(copy, value)).toBe(true);
  });
});
