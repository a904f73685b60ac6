/** A repeatable source of chance (mulberry32): numbers in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const WORDS = [
  'a',
  'id',
  'name',
  '',
  '__proto__',
  'odd key',
  'length',
  '0',
  '7',
  'é',
  '日本',
  '\ud800',
  'a\0b',
  'x'.repeat(70),
];

/** A random value, nested at most `depth` levels; may refer to values that it already contains. */
export function randomValue(random: () => number, depth: number, seen: object[] = []): unknown {
  const below = (limit: number) => Math.floor(random() * limit);
  const word = () => WORDS[below(WORDS.length)]!;
  const leaves: (() => unknown)[] = [
    () => undefined,
    () => null,
    () => random() < 0.5,
    () => below(300) - 100,
    () => (random() - 0.5) * 2 ** below(60),
    () => [-0, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, -(2 ** 31)][below(5)],
    () => BigInt(below(1e9)) ** BigInt(below(12)) * (random() < 0.5 ? -1n : 1n),
    () => word().repeat(below(9)),
    () => new Date(random() < 0.1 ? Number.NaN : below(1e12)),
    () => /x+(y)/giu,
    () => Buffer.from(word()),
    () => Float64Array.from({ length: below(5) }, random),
    () => new Uint16Array(10).subarray(below(5)),
    () => Object(below(10)),
  ];
  const keep = <T extends object>(value: T, fill: (value: T) => void): T => {
    seen.push(value);
    fill(value);
    return value;
  };
  const child = () => randomValue(random, depth - 1, seen);
  const repeat = (action: () => void) => {
    for (let i = below(7); i > 0; i--) action();
  };
  const branches: (() => unknown)[] = [
    () =>
      keep([] as unknown[], (array) =>
        repeat(() => {
          array.push(child());
        }),
      ),
    () =>
      keep([] as unknown[], (array) =>
        repeat(() => {
          array[array.length + below(3) * below(60)] = child();
        }),
      ),
    () =>
      keep(Object.assign([1], { extra: 1 }), (array) =>
        repeat(() => {
          Object.assign(array, { [`p${below(4)}`]: child() });
        }),
      ),
    () =>
      keep({}, (object) =>
        repeat(() => {
          Object.defineProperty(object, word(), {
            value: child(),
            enumerable: true,
            writable: true,
            configurable: true,
          });
        }),
      ),
    () => keep(new Map(), (map) => repeat(() => map.set(child(), child()))),
    () => keep(new Set(), (set) => repeat(() => set.add(child()))),
    () =>
      keep(new RangeError(word()), (error) =>
        repeat(() => {
          Object.assign(error, { [`p${below(4)}`]: child() });
        }),
      ),
  ];
  if (seen.length > 0 && random() < 0.08) return seen[below(seen.length)];
  const choices = depth > 0 && random() < 0.6 ? branches : leaves;
  return choices[below(choices.length)]!();
}
