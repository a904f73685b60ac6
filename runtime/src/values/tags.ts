/**
 * The format of a packed value. It lives only between processes of one pool, which all run the same version.
 *
 * ```
 * value   := FORMAT item
 * item    := 0x80 + n                    the integer n, 0 to 127
 *          | 0x40 + n, n bytes           an ASCII string shorter than 64
 *          | a tag of the table below and what it says
 * size    := an unsigned number, 7 bits a byte, lowest first
 * key     := an item that is a string
 * ```
 *
 * Objects are numbered in the order in which they begin, from 0, so that REFERENCE can name one of them;
 * the first SHAPE_LIMIT OBJECTs number their lists of keys the same way, for SHAPED_OBJECT.
 */
export const FORMAT = 1;

export const SMALL_INTEGER = 0x80;
export const SHORT_STRING = 0x40;
export const SHORT_STRING_LIMIT = 64;
export const SHAPE_LIMIT = 16;

/** 0 is no tag, so that memory nobody wrote to is not a value. */
export const Tag = {
  Null: 1,
  Undefined: 2,
  True: 3,
  False: 4,
  /** 4 bytes, lowest first. */
  Int32: 5,
  /** 8 bytes, lowest first. */
  Float64: 6,
  /** 8 bytes, lowest first. */
  BigInt64: 7,
  /** sign byte (1 is negative), size, hexadecimal digits */
  BigIntDigits: 8,
  /** size, bytes */
  Latin1: 9,
  /** size, bytes */
  Utf8: 10,
  /** size, bytes; also the strings with lone surrogates */
  Utf16: 11,
  /** size, items */
  Array: 12,
  /** size, items with Holes among them, size, as many of: key, item */
  LooseArray: 13,
  /** size: how many elements in a row are missing; only in a LooseArray */
  Holes: 14,
  /** size, keys, as many items */
  Object: 15,
  /** size: the number of a list of keys; as many items */
  ShapedObject: 16,
  /** size: the number of an object that began earlier */
  Reference: 17,
  /** 8 bytes: milliseconds since the epoch, or NaN */
  Date: 18,
  /** source item, flags item */
  RegExp: 19,
  /** size, as many of: key item, value item */
  Map: 20,
  /** size, items */
  Set: 21,
  /** kind (an index of BYTE_KINDS), size, bytes */
  Bytes: 22,
  /** the primitive as an item */
  Boxed: 23,
  /** see write-error.ts */
  Error: 24,
  /** key: the tag of the custom type; its descriptor as an item */
  Custom: 25,
  /** size: the number of an object of bytes that began earlier; kind, size: where in its memory, size: how much of it */
  View: 26,
} as const;

/** What holds raw bytes, by the index that is written. */
export const BYTE_KINDS = [
  'Buffer',
  'ArrayBuffer',
  'DataView',
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
  'Float16Array',
] as const;

export type ByteKind = (typeof BYTE_KINDS)[number];

/**
 * How deep values may be nested, in either direction. Both sides walk recursively, so this is what keeps a
 * value that could be packed from overflowing the stack of the process that reads it.
 */
export const DEPTH_LIMIT = 1_000;
