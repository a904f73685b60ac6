import { expect, test } from 'vitest';
import { pack, packInto, unpack } from '../../../runtime/src/values/index.js';
import { seeded } from '../../seeded.js';

/** Of each the widest character tells how the whole string is written. */
const WIDEST = {
  ASCII: 'z\u007f',
  'Latin-1': 'zé\u0080ÿ',
  'UTF-16': 'zéĀł\uffffあ',
  'half a pair': '\ud83d\udc00x',
  pairs: '😀é',
};
/** Functions of Node.js write and read the first ones, and loops all others. */
const COLD_STRINGS = 20_000;

function texts(): string[] {
  const lengths = [1, 2, 3, 23, 24, 25, 26, 62, 63, 64, 65, 127, 128];
  return Object.values(WIDEST).flatMap((letters) =>
    lengths.flatMap((length) => [
      letters.repeat(length).slice(0, length),
      letters.repeat(length).slice(1, length + 1),
    ]),
  );
}

const packed = (value: unknown) => Buffer.from(pack(value, 'args'));

test('strings of all widths and lengths are written alike before and after V8 has compiled that, and read so', () => {
  const all = texts();
  const forms = (text: string) => [text, [text], { a: text }, { [text]: text }, new Map([[text, [text]]])];
  const cold = all.map((text) => forms(text).map(packed));
  const read = () => all.map((_, at) => cold[at]!.map((bytes) => unpack(bytes, 0, bytes.length)));
  expect(read()).toStrictEqual(all.map(forms));
  for (let count = 0; count < COLD_STRINGS; count += all.length) unpack(packed(all), 0, packed(all).length);
  expect(all.map((text) => forms(text).map(packed))).toStrictEqual(cold);
  // Twice: what was kept of the first is recognised.
  expect(read()).toStrictEqual(all.map(forms));
  expect(read()).toStrictEqual(all.map(forms));
});

test('a string fits where its bytes fit, to the last one', () => {
  for (const text of texts())
    for (const value of [text, [1, text], { key: text, other: true }]) {
      const { length } = packed(value);
      const exact = Buffer.alloc(length + 1, 0xee);
      expect(packInto(exact, 0, value, 'args', length)).toBe(length);
      expect([unpack(exact, 0, length), exact[length]]).toStrictEqual([value, 0xee]);
      const short = Buffer.alloc(length + 1, 0xee);
      expect(packInto(short, 0, value, 'args', length - 1)).toBe(-1);
      expect([short[length - 1], short[length]]).toEqual([0xee, 0xee]);
    }
});

test('no string is taken for another that has the same bytes', () => {
  const random = seeded('short strings');
  const unit = () => [0x41, 0xe9, 0x141, 0x4100, 0xe941][random.below(5)]!;
  for (let round = 0; round < 5_000; round += 1) {
    const text = String.fromCharCode(...Array.from({ length: 1 + random.below(5) }, unit));
    const bytes = packed([text, { [text]: text }]);
    expect(unpack(bytes, 0, bytes.length)).toStrictEqual([text, { [text]: text }]);
  }
});
