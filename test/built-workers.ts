import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { transformSync } from 'esbuild';
import type { Plugin } from 'vitest/config';
import { keepBuilt } from './built-module.js';

const WORKER = /\/test\/runtime\/.*\.worker\.ts$/;
const MODULE = /(static override readonly module(?:: string)? = )import\.meta\.url;/g;

/**
 * Processes load the workers of tests as JavaScript: most of what starting one costs, and of the time that the tests take,
 * would be tsx. What a worker in TypeScript means is tested in test/runtime/pool/typescript and by the projects of test/e2e.
 */
export function builtWorkers(): Plugin {
  return {
    name: 'built-workers',
    enforce: 'pre',
    transform(code, id) {
      if (!WORKER.test(id)) return undefined;
      return { code: code.replace(MODULE, `$1${JSON.stringify(build(id))};`), map: null };
    },
  };
}

/** @returns the URL of the same worker in JavaScript */
function build(file: string): string {
  const { code } = transformSync(readFileSync(file, 'utf8'), {
    loader: 'ts',
    format: 'esm',
    target: 'node20',
    sourcefile: file,
    sourcemap: 'inline',
  });
  const hash = createHash('sha256').update(code).digest('hex').slice(0, 16);
  return keepBuilt(`${basename(file, '.ts')}-${hash}.mjs`, code);
}
