/**
 * Whether `JSON.parse(JSON.stringify(value))` is the same value: no undefined, no -0, no hole, no object twice,
 * nothing with a prototype of its own, no key `__proto__`.
 */
export function isPlainJson(value: unknown): boolean {
  return isPlain(value, new Set());
}

function isPlain(value: unknown, seen: Set<object>): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0);
    case 'object':
      return value === null || isPlainObject(value, seen);
    default:
      return false;
  }
}

function isPlainObject(value: object, seen: Set<object>): boolean {
  if (seen.has(value)) return false;
  seen.add(value);
  const prototype = Object.getPrototypeOf(value);
  if (Array.isArray(value)) {
    if (prototype !== Array.prototype || Object.keys(value).length !== value.length) return false;
    // A hole reads as undefined, which is not plain.
    for (let index = 0; index < value.length; index += 1) if (!isPlain(value[index], seen)) return false;
    return true;
  }
  if (prototype !== Object.prototype && prototype !== null) return false;
  // As a namespace of the language has it, which is more than its properties.
  if (Symbol.toStringTag in value) return false;
  const object = value as Record<string, unknown>;
  // Not before its prototype has been looked at: bytes have a key for each of them.
  for (const key of Object.keys(value)) if (key === '__proto__' || !isPlain(object[key], seen)) return false;
  return true;
}
