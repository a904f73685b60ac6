import { createRequire } from 'node:module';
import type { ResolvedPoolOptions } from '../../options.js';

const require = createRequire(import.meta.url);
const LIMIT = /--max[-_]old[-_]space[-_]size[= ](\d+)/g;
const MIB = 1024 * 1024;

/** V8 says so before it ends its process by SIGABRT. */
export function saysHeapIsFull(stderr: string): boolean {
  return stderr.includes('JavaScript heap out of memory');
}

/** How large the heap of a child may be, in MiB: as its flags say, else as large as this process's own. */
export function heapLimitMib({ execArgv, env }: Pick<ResolvedPoolOptions, 'execArgv' | 'env'>): number {
  const flags = `${env.NODE_OPTIONS ?? ''} ${execArgv.join(' ')}`;
  const [, given] = [...flags.matchAll(LIMIT)].at(-1) ?? [];
  if (given !== undefined) return Number(given);
  const { getHeapStatistics } = require('node:v8') as typeof import('node:v8');
  return Math.round(getHeapStatistics().heap_size_limit / MIB);
}
