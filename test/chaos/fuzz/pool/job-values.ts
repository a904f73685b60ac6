/** Bytes that only this number gives. */
export function fill(lengthBytes: number, id: number): Uint8Array {
  const bytes = new Uint8Array(lengthBytes);
  let state = (id + 1) >>> 0;
  for (let at = 0; at < lengthBytes; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

export function checksum(bytes: ArrayLike<number>): number {
  let sum = 0x811c9dc5;
  for (let at = 0; at < bytes.length; at += 1) sum = Math.imul(sum ^ bytes[at]!, 0x01000193);
  return sum >>> 0;
}

/** A small value of some kind that only this number gives. */
export function smallValue(id: number): unknown {
  switch (id % 9) {
    case 0:
      return id;
    case 1:
      return { id, name: `job ${id}`, nested: { list: [id, id + 1, -0, Number.NaN] } };
    case 2:
      return [undefined, null, id, `${id}`.repeat(1 + (id % 40))];
    case 3:
      return new Map<unknown, unknown>([
        [id, new Set([id])],
        ['at', new Date(id)],
      ]);
    case 4:
      return BigInt(id) ** 9n;
    case 5:
      return `ä\u0000${id} – ${'x'.repeat(id % 500)}`;
    case 6:
      return new Float64Array([id, id / 3]);
    case 7:
      return undefined;
    default:
      return Buffer.from(`bytes of ${id}`);
  }
}

/** Elements of the shared array that is made for this job. */
export function arrayValues(id: number, length: number): Int32Array {
  return Int32Array.from({ length }, (_, at) => id * 31 + at);
}
