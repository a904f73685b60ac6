import { join } from 'node:path';
import { faultyFiles } from '../update/known-faults.js';
import type { FixableFinding } from './findings.js';
import { ownFinding, startOf } from './own-findings.js';

/** Tells of generated files that were made of a template with a known fault, and that no update has mended yet. */
export function knownFaults(root: string): FixableFinding[] {
  return faultyFiles(root).map(({ path, version, what }) =>
    ownFinding('known-fault', 'warning', startOf(join(root, path), path), 'known-fault', { version, what }),
  );
}
