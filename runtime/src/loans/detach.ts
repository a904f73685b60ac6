import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

type Transfer = (this: ArrayBuffer, lengthBytes: number) => ArrayBuffer;
let transfer: Transfer | undefined;
let isLookedFor = false;

/**
 * Takes memory away from an `ArrayBuffer` and from all views of it: their length is 0 from then on. The memory itself stays
 * as it is.
 * @returns `false` where this version of Node.js cannot
 */
export function detach(buffer: ArrayBuffer): boolean {
  if (!isLookedFor) {
    isLookedFor = true;
    transfer = (ArrayBuffer.prototype as { transfer?: Transfer }).transfer ?? staged();
  }
  if (transfer === undefined) return false;
  transfer.call(buffer, 0);
  return true;
}

/** V8 of Node.js 20 has it, and shows it to a context that is made while it is asked for. */
function staged(): Transfer | undefined {
  const { setFlagsFromString } = require('node:v8') as typeof import('node:v8');
  const { runInNewContext } = require('node:vm') as typeof import('node:vm');
  setFlagsFromString('--harmony-rab-gsab-transfer');
  const found = runInNewContext('ArrayBuffer.prototype.transfer') as Transfer | undefined;
  setFlagsFromString('--no-harmony-rab-gsab-transfer');
  return found;
}
