import { parseArgs } from 'node:util';
import type { BenchOptions } from './benchmark.js';

const SCALES = { full: 1, quick: 0.1, tiny: 0.002 };

/** The words and flags of `npm run bench`. @throws for a flag that there is not */
export function readCommandLine() {
  return parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      tiny: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
    },
  });
}

/** What they are for a benchmark. */
export function optionsOfCommandLine(): BenchOptions {
  const { values } = readCommandLine();
  return {
    rounds: values.rounds === undefined ? undefined : Number(values.rounds),
    scale: values.tiny ? SCALES.tiny : values.quick ? SCALES.quick : SCALES.full,
    json: values.json,
    full: values.full,
  };
}
