import type { Benchmark } from './benchmark.js';
import { optionsOfCommandLine } from './command-line.js';
import { failuresSoFar } from './failures.js';
import { printResult } from './table.js';

/** The program of a benchmark: runs it as the command line says, and prints what it found. It ends with 1 where a subject has failed. */
export async function tellResult(run: Benchmark['run']): Promise<void> {
  const options = optionsOfCommandLine();
  const found = await run(options);
  const failures = failuresSoFar();
  if (failures.length > 0) process.exitCode = 1;
  if (found === undefined) {
    for (const { subject, error } of failures) console.error(`${subject} has failed: ${error}`);
    return;
  }
  const result = failures.length > 0 ? { ...found, ok: false, failures } : found;
  if (options.json) console.log(JSON.stringify(result));
  else printResult(result);
}
