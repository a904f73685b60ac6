import { buildProgram } from '../../scripts/built-program.js';

const FOLDER = new URL('../', import.meta.url);

/** A file of `bench/` as a program, which takes the flags of `npm run bench`. @returns its path */
export function buildBenchmark(name: string): Promise<string> {
  const text = `import { run } from './${name}.js';
import { tellResult } from './measure/tell-result.js';
await tellResult(run);
`;
  return buildProgram({ text, folder: FOLDER });
}
