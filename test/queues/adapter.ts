import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';
import type { QueueFactory } from 'mproc-worker';
import { presentTemplates, renderFolder, type TemplateSource } from '../../generator/templates/tree.js';

/** Below it the clients of the engines are found. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/adapters', import.meta.url));

/**
 * The queue of a template, as the generator writes it, built.
 * @param source where the templates are; an earlier time has a name of its own
 */
export async function adapterOf(
  engine: string,
  source: TemplateSource = presentTemplates,
  name = engine,
): Promise<{ createQueue: QueueFactory; module: string }> {
  const folder = join(CACHE, `${name}-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  const files = renderFolder(`queue/${engine}`, { name: 'Jobs', kebab: 'jobs', camel: 'jobs' }, source);
  for (const { path, contents } of files) writeFileSync(join(folder, basename(path)), contents);
  const entry = join(folder, 'jobs.queue.ts');
  const outfile = join(folder, 'jobs.queue.mjs');
  const target = { format: 'esm', platform: 'node', target: 'node20' } as const;
  buildSync({ entryPoints: [entry], outfile, bundle: true, packages: 'external', ...target });
  const module = pathToFileURL(outfile).href;
  const { jobsQueue } = (await import(module)) as { jobsQueue: QueueFactory };
  return { createQueue: jobsQueue, module };
}
