import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
let code: Buffer | undefined;

/** The core as V8 has compiled it when this was first asked, for the processes of this one's pools. */
export function coreCode(): Buffer {
  code ??= (require('./start.cjs') as typeof import('./start.js')).codeOfCore();
  return code;
}
