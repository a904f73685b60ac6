import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TemplateProject } from '../template-project.js';
import { isHandWritten } from './hand-written-queues.js';
import { listenerMutants } from './listener-mutants.js';
import type { Mutant } from './mutant.js';
import { queueMutants } from './queue-mutants.js';
import { strategyMutants } from './strategy-mutants.js';
import { workerMutants } from './worker-mutants.js';

/** Mutants stand side by side in one program, each in a folder with what it needs of its project. */
export interface Planted extends Mutant {
  readonly folder: string;
}

/** Writes every mutant of a project into the project. */
export function plantMutants({ root, files }: TemplateProject): Planted[] {
  const found: Planted[] = [];
  for (const [path, text] of files) {
    const mutants = mutantsOf(path, text, files);
    const needed = neededBy(path, files);
    for (const [index, mutant] of mutants.entries()) {
      const folder = `added/mutants/${path.replace(/[^\w-]/g, '-')}/${index}`;
      for (const [each, contents] of new Map([...needed, [mutant.path, mutant.text]]))
        plant(join(root, folder, each), contents);
      found.push({ ...mutant, folder });
    }
  }
  return found;
}

function mutantsOf(path: string, text: string, files: ReadonlyMap<string, string>): Mutant[] {
  if (/\.worker\.ts$/.test(path)) return workerMutants(path, text);
  const beside = (other: string) => ({ path: other, text: files.get(other)! });
  if (/\.listeners\.ts$/.test(path)) {
    return listenerMutants(
      path,
      text,
      beside(path.replace('/listeners/', '/workers/').replace('.listeners.ts', '.worker.ts')),
    );
  }
  if (isHandWritten(path)) return queueMutants(path, text, beside(path.replace('.ts', '.test.ts')));
  return /\.strategy\.ts$/.test(path) ? strategyMutants(path, text) : [];
}

/** The files that a file imports, and that these import; a queue comes with its test, a listener with its worker. */
function neededBy(path: string, files: ReadonlyMap<string, string>): Map<string, string> {
  const needed = new Map<string, string>();
  const add = (each: string) => {
    const text = files.get(each);
    if (text === undefined || needed.has(each)) return;
    needed.set(each, text);
    for (const [, specifier] of text.matchAll(/from '(\.[^']+)\.ts'/g))
      add(`${join(dirname(each), specifier!)}.ts`);
  };
  add(path);
  add(path.replace(/\.queue\.ts$/, '.queue.test.ts'));
  return needed;
}

function plant(target: string, text: string): void {
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
}
