import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { moduleOf, type RealCase } from './cases.js';

/** Where the fingerprints of a case's answers are. */
export function expectedPath(folder: string, caseName: string): string {
  return join(folder, `${caseName}.expected.json`);
}

/** Runs each job in this process, and writes down what its answer must be. */
export async function writeExpected(
  caseName: string,
  work: RealCase,
  count: number,
  folder: string,
): Promise<void> {
  const module = await import(moduleOf(work));
  const inputs = work.inputs(count, folder, (length) => ({ values: new Uint8Array(length) }));
  const prints: string[] = [];
  for (const input of inputs) prints.push(fingerprint(await module[work.job](input)));
  writeFileSync(expectedPath(folder, caseName), JSON.stringify(prints));
}

/** The same for equal answers: a `Buffer` is a `Uint8Array` on the other side of some pools. */
export function fingerprint(answer: unknown): string {
  const data = ArrayBuffer.isView(answer) ? (answer as Uint8Array) : JSON.stringify(answer);
  return createHash('sha1').update(data).digest('hex');
}
