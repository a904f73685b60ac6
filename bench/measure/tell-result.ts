import type { Benchmark } from './benchmark.js';
import { optionsOfCommandLine } from './command-line.js';
import { printResult } from './table.js';

/** The program of a benchmark: runs it as the command line says, and prints what it found. */
export async function tellResult(run: Benchmark['run']): Promise<void> {
  const options = optionsOfCommandLine();
  const result = await run(options);
  if (result === undefined) return;
  if (options.json) console.log(JSON.stringify(result));
  else printResult(result);
}
