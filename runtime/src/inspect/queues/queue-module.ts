import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Queue, QueueFactory } from '../../contracts/queue.js';
import { useImports } from '../../pool/child/imports.js';
import { prepareFor, useTypescriptLoading } from '../../pool/child/typescript/load-typescript.js';

/** What a module of queues exports. */
export interface QueueModule {
  /** From the root. */
  readonly path: string;
  /** Makes queues by their names. */
  readonly factories: readonly QueueFactory[];
  /** Queues that the module has opened by itself. */
  readonly queues: readonly Queue<unknown>[];
}

/** From the root. @param given as `--queues` takes it */
export function queueModulePath(given: string): string {
  return resolve(given.split('#')[0]!);
}

/**
 * Loads a module of queues with its TypeScript, as a process of a pool would.
 * @param given a path, and after `#` the name of an export where the module has several factories
 * @throws Error with what is wrong in one line
 */
export async function loadQueueModule(given: string): Promise<QueueModule> {
  const [, exportName] = given.split('#');
  const path = queueModulePath(given);
  if (!existsSync(path)) throw new Error(`--queues names a module that is not there: ${path}`);
  const exported = await load(pathToFileURL(path).href);
  const found = exportName === undefined ? queueLike(exported) : [exported[exportName]];
  const queues = found.filter(isQueue);
  const factories = found.filter(isFunction);
  if (queues.length + factories.length > 0) return { path, factories, queues };
  const names = Object.keys(exported).join(', ') || 'nothing';
  throw new Error(
    `${path} exports no factory of queues${exportName === undefined ? '' : ` called ${exportName}`}, but ${names}; ` +
      'name its export ordersQueue, or say which it is: --queues file.ts#export',
  );
}

async function load(url: string): Promise<Record<string, unknown>> {
  useImports({ module: (one) => import(one), code: () => undefined });
  useTypescriptLoading({ isTransformed: false });
  try {
    await prepareFor(url);
    return (await import(url)) as Record<string, unknown>;
  } catch (error) {
    const [line] = String((error as Error)?.message ?? error).split('\n');
    throw new Error(`${fileURLToPath(url)} could not be loaded: ${line}`, { cause: error });
  }
}

/** What is called as the generator calls it, or else the default export, or the only function there is. */
function queueLike(exported: Record<string, unknown>): unknown[] {
  const all = Object.entries(exported);
  const queues = all.map(([, value]) => value).filter(isQueue);
  const named = all.filter(([name, value]) => /queue$/i.test(name) && isFunction(value));
  if (queues.length + named.length > 0) return [...queues, ...named.map(([, value]) => value)];
  const functions = all.filter(([, value]) => isFunction(value));
  const only = functions.find(([name]) => name === 'default') ?? (functions.length === 1 && functions[0]);
  return only ? [only[1]] : [];
}

/** A class is none. */
function isFunction(value: unknown): value is QueueFactory {
  return typeof value === 'function' && !/^class\b/.test(Function.prototype.toString.call(value));
}

function isQueue(value: unknown): value is Queue<unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const { name, counts, reserve, dead } = value as Partial<Queue<unknown>>;
  return (
    [typeof name, typeof counts, typeof reserve, typeof dead].join() === 'string,function,function,object'
  );
}
