import { expect, test } from 'vitest';
import type { MprocError } from '../../../runtime/src/errors/index.js';
import { pack, packApart, unpack } from '../../../runtime/src/values/index.js';
import { randomValue, seeded } from './random-values.js';

const SEED = Number(process.env.MPROC_TEST_SEED ?? 20_261_124);

test(`bytes that end too early are refused, wherever they end (seed ${SEED})`, () => {
  const random = seeded(SEED);
  for (let i = 0; i < 60; i += 1) {
    const bytes = Buffer.from(pack(randomValue(random, 4), 'args'));
    for (let length = 0; length < Math.min(bytes.length, 400); length += 1)
      expect(() => unpack(bytes, 0, length)).toThrow(expect.objectContaining({ code: 'ERR_VALUE_DECODE' }));
    const longer = Buffer.concat([bytes, Buffer.from([1])]);
    expect(() => unpack(longer, 0, longer.length)).toThrow('it ends too late');
  }
});

test(`changed bytes with long runs apart are a value or refused, in bounded memory (seed ${SEED})`, () => {
  const random = seeded(SEED);
  const { body, runs } = packApart([Buffer.alloc(70_000), { b: new Float64Array(10_000) }, 'text'], 'args');
  const intact = Buffer.from(body);
  const total = runs.reduce((sum, run) => sum + run.lengthBytes, 0);
  let [refused, given] = [0, 0];
  for (let i = 0; i < 20_000; i += 1) {
    const bytes = Buffer.from(intact);
    for (let flips = 1 + Math.floor(random() * 4); flips > 0; flips -= 1)
      bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
    let left = total;
    // As a parcel's: no more than its file has.
    const source = (lengthBytes: number) => {
      left -= lengthBytes;
      if (left < 0) return undefined;
      given += 1;
      return new ArrayBuffer(lengthBytes);
    };
    try {
      unpack(bytes, 0, bytes.length, source);
    } catch (error) {
      refused += 1;
      if ((error as MprocError).code !== 'ERR_VALUE_DECODE') throw error;
    }
  }
  expect(refused).toBeGreaterThan(1_000);
  expect(given).toBeGreaterThan(1_000);
});
