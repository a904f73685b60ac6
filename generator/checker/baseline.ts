import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolders } from '../writer/durable.js';
import type { Finding } from './findings.js';
import { replaceFile } from './fix/replace-file.js';
import { CheckUsageError } from './usage-error.js';

/** A finding that was there before, without its line: lines move. */
interface Known {
  readonly rule: string;
  readonly file: string;
  readonly message: string;
}

export interface Baseline {
  readonly version: 1;
  readonly findings: readonly Known[];
}

export function baselinePath(root: string): string {
  return join(root, '.mproc', 'check-baseline.json');
}

/** @throws CheckUsageError when the file is there and is no baseline. */
export function readBaseline(path: string): Baseline {
  if (!existsSync(path)) return { version: 1, findings: [] };
  try {
    const read = JSON.parse(readFileSync(path, 'utf8')) as Partial<Baseline>;
    if (read.version === 1 && Array.isArray(read.findings)) return read as Baseline;
  } catch {
    // Said below.
  }
  throw new CheckUsageError(
    `${path} is not a baseline of check: delete it, or write it anew with MPROC_CHECK_BASELINE=write`,
  );
}

export function writeBaseline(path: string, findings: readonly Finding[]): void {
  const known = findings.map(({ rule, file, message }) => ({ rule, file, message }));
  makeFolders(dirname(path));
  replaceFile(path, `${JSON.stringify({ version: 1, findings: known }, null, 2)}\n`);
}

/** Takes out as many findings of a kind as the baseline holds. */
export function withoutKnown<F extends Finding>(findings: readonly F[], baseline: Baseline): F[] {
  const left = new Map<string, number>();
  for (const known of baseline.findings) left.set(keyOf(known), (left.get(keyOf(known)) ?? 0) + 1);
  return findings.filter((finding) => {
    const count = left.get(keyOf(finding)) ?? 0;
    if (count > 0) left.set(keyOf(finding), count - 1);
    return count === 0;
  });
}

function keyOf({ rule, file, message }: Known): string {
  return JSON.stringify([rule, file, message]);
}
