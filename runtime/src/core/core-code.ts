import { createRequire } from 'node:module';
import type { CoreCode } from './start.js';

const require = createRequire(import.meta.url);
let code: CoreCode | undefined;

/** The core as V8 has compiled it when this was first asked, for the processes of this one's pools. */
export function coreCode(): CoreCode {
  code ??= (require('./start.cjs') as typeof import('./start.js')).codeOfCore();
  return code;
}
