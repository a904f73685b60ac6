/** Of so many values inside one the size is looked at; the others count as if they were of the same size. */
const MOST_LOOKED_AT = 1_000;
const PLAIN_BYTES = 8;

/** Roughly how many bytes a value takes on a queue, for a limit that need not be exact. */
export function roughBytes(value: unknown): number {
  const waiting: unknown[] = [value];
  const seen = new Set<unknown>();
  let looked = 0;
  let unseen = 0;
  let bytes = 0;
  while (waiting.length > 0 && looked < MOST_LOOKED_AT) {
    const next = waiting.pop();
    looked += 1;
    bytes += ownBytes(next);
    if (typeof next !== 'object' || next === null || seen.has(next)) continue;
    seen.add(next);
    unseen += addContents(next, waiting);
  }
  return Math.round((bytes * (looked + waiting.length + unseen)) / looked);
}

function ownBytes(value: unknown): number {
  if (typeof value === 'string') return PLAIN_BYTES + value.length;
  if (isBytes(value)) return PLAIN_BYTES + value.byteLength;
  return PLAIN_BYTES;
}

function isBytes(value: unknown): value is ArrayBufferView | ArrayBuffer {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer;
}

/** @returns how many values inside this one were left out */
function addContents(value: object, waiting: unknown[]): number {
  if (isBytes(value)) return 0;
  try {
    if (Array.isArray(value)) {
      for (const member of value.slice(0, MOST_LOOKED_AT)) waiting.push(member);
      return Math.max(0, value.length - MOST_LOOKED_AT);
    }
    if (value instanceof Map || value instanceof Set) return addMembers(value, waiting);
    // No getter is called, as it is called again when the value is written.
    for (const { value: field } of Object.values(Object.getOwnPropertyDescriptors(value)))
      waiting.push(field);
  } catch {
    // A proxy that does not let itself be looked at; who sends it says so.
  }
  return 0;
}

function addMembers(value: Map<unknown, unknown> | Set<unknown>, waiting: unknown[]): number {
  let looked = 0;
  for (const [key, member] of value.entries()) {
    if (looked === MOST_LOOKED_AT) break;
    looked += 1;
    waiting.push(member);
    if (value instanceof Map) waiting.push(key);
  }
  return (value.size - looked) * (value instanceof Map ? 2 : 1);
}
