/**
 * The tagged form of a value, as JSON. What JSON can say is itself; the rest is an object whose key `$` tells what it is.
 * Every object has a number, in the order they begin; `ref` points back to one.
 */
export type Node = null | boolean | number | string | readonly Node[] | { readonly [key: string]: Node };

export const TAG = '$';

export const TYPED_ARRAYS = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
} as const;

export const ERROR_CLASSES = {
  Error,
  TypeError,
  RangeError,
  SyntaxError,
  ReferenceError,
  EvalError,
  URIError,
  AggregateError,
} as const;
