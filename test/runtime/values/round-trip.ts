import { pack, unpack } from '../../../runtime/src/values/index.js';

/** The value as another process would get it; the packed bytes are overwritten, as shared memory would be. */
export function roundTrip<T>(value: T, root = 'args'): T {
  const bytes = Buffer.from(pack(value, root));
  const copy = unpack(bytes, 0, bytes.length);
  bytes.fill(0xee);
  return copy as T;
}
