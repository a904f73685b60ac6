/** Types without arguments, and a value of each. `any` is left out: no worker may have it. */
export const PLAIN_TYPES: Record<string, string> = {
  string: "''",
  number: '0',
  boolean: 'false',
  bigint: '0n',
  null: 'null',
  undefined: 'undefined',
  void: 'undefined',
  unknown: 'undefined',
  true: 'true',
  false: 'false',
  Date: 'new Date(0)',
  RegExp: '/a/',
  Error: "new Error('sample')",
  Buffer: 'Buffer.alloc(0)',
  ArrayBuffer: 'new ArrayBuffer(0)',
  ...Object.fromEntries(
    [
      'Uint8',
      'Int8',
      'Uint16',
      'Int16',
      'Uint32',
      'Int32',
      'Float32',
      'Float64',
      'BigInt64',
      'BigUint64',
    ].map((kind) => [`${kind}Array`, `new ${kind}Array()`]),
  ),
};

/** Types with arguments: how many, and a value. */
export const GENERIC_TYPES: Record<string, { arity: number; sample: string }> = {
  Array: { arity: 1, sample: '[]' },
  ReadonlyArray: { arity: 1, sample: '[]' },
  Set: { arity: 1, sample: 'new Set()' },
  ReadonlySet: { arity: 1, sample: 'new Set()' },
  Map: { arity: 2, sample: 'new Map()' },
  ReadonlyMap: { arity: 2, sample: 'new Map()' },
};
