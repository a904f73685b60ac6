// A project of some 400 files, as the checker is measured on it: workers with listeners, queues with tests, and modules of the
// program's own that import each other.
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const installed = join(checkout, 'node_modules');

export interface ProjectSize {
  readonly workers: number;
  readonly queues: number;
  readonly modules: number;
}

type Write = (path: string, text: string) => void;

interface Project {
  readonly root: string;
  readonly write: Write;
  read(path: string): string;
  remove(): void;
}

/** @param typescript the folder of the compiler that the project has installed, below `node_modules` of this checkout */
export function makeProject({
  workers,
  queues,
  modules,
  typescript,
}: ProjectSize & { readonly typescript: string }): Project {
  const root = mkdtempSync(join(tmpdir(), 'check-'));
  const write: Write = (path, text) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  write(
    'package.json',
    '{ "name": "bench", "private": true, "type": "module", "dependencies": { "mproc-worker": "*" } }',
  );
  // The oldest compiler does not know all options of new projects.
  const configuration = template('project/tsconfig.json.hbs')
    .replace(/^(\{\{| *"erasable).*\n/gm, '')
    .replace('"rewriteRelativeImportExtensions": true', '"allowImportingTsExtensions": true, "noEmit": true');
  write('tsconfig.json', configuration);
  install(root, typescript);
  write('src/lib/module0.ts', 'export const value0 = (n: number): number => n;\n');
  for (let index = 1; index < modules; index += 1) write(`src/lib/module${index}.ts`, moduleText(index));
  for (let index = 0; index < workers; index += 1) addWorker(write, `Worker${index}`, index % modules);
  for (let index = 0; index < queues; index += 1) addQueue(write, `Queue${index}`);
  return { root, write, read: (path) => readFileSync(join(root, path), 'utf8'), remove: () => remove(root) };
}

function remove(root: string): void {
  rmSync(root, { recursive: true, force: true });
}

/** Everything that this checkout has, with another compiler. */
function install(root: string, typescript: string): void {
  mkdirSync(join(root, 'node_modules'));
  for (const name of readdirSync(installed))
    if (name !== 'typescript' && !name.startsWith('.'))
      symlinkSync(join(installed, name), join(root, 'node_modules', name));
  symlinkSync(join(installed, typescript), join(root, 'node_modules/typescript'));
}

function template(path: string): string {
  return readFileSync(join(checkout, 'templates', path), 'utf8');
}

function moduleText(index: number): string {
  const before = [index - 1, Math.floor(index / 2)].filter((each, at, all) => all.indexOf(each) === at);
  return `${before.map((each) => `import { value${each} } from './module${each}.js';`).join('\n')}

export interface Row${index} {
  readonly id: string;
  readonly values: readonly number[];
  readonly nested?: { readonly at: Date; readonly words: ReadonlyMap<string, number> };
}

/** The sum of some values. */
export function value${index}(n: number): number {
  const rows: Row${index}[] = [{ id: 'a', values: [n, ${index}] }];
  return rows.flatMap(({ values }) => values.map((value) => ${before.map((each) => `value${each}(value)`).join(' + ')})).length;
}

export class Store${index} {
  readonly #rows = new Map<string, Row${index}>();

  add(row: Row${index}): this {
    this.#rows.set(row.id, row);
    return this;
  }

  async load(read: (id: string) => Promise<Row${index}>, ids: readonly string[]): Promise<number> {
    for (const id of ids) this.add(await read(id));
    return this.#rows.size;
  }
}
`;
}

function addWorker(write: Write, name: string, module: number): void {
  const kebab = name.toLowerCase();
  write(`src/workers/${kebab}.worker.ts`, workerText(name, kebab, module));
  write(`src/listeners/${kebab}.listeners.ts`, listenersText(name, kebab));
}

function addQueue(write: Write, name: string): void {
  const kebab = name.toLowerCase();
  for (const ending of ['queue', 'queue.test']) {
    const text = template(`queue/blank/src/queues/__kebab__.${ending}.ts.hbs`)
      .replaceAll('{{name}}', name)
      .replaceAll('{{camel}}', kebab)
      .replaceAll('{{kebab}}', kebab);
    write(`src/queues/${kebab}.${ending}.ts`, text);
  }
}

function workerText(name: string, kebab: string, module: number): string {
  return `import { Worker } from 'mproc-worker';
import { value${module} } from '../lib/module${module}.js';
import { ${kebab}Listeners } from '../listeners/${kebab}.listeners.js';

interface Order {
  readonly id: string;
  readonly lines: readonly { readonly name: string; readonly count: number; readonly at: Date }[];
}

/** Counts what was ordered. */
export class ${name} extends Worker<Order[], Map<string, number>> {
  static override readonly module = import.meta.url;
  static override readonly listeners = [${kebab}Listeners];

  rounds = 0;

  protected override async process(orders: Order[]): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    for (const { lines } of orders) {
      this.signal.throwIfAborted();
      for (const line of lines) add(counts, line.name, value${module}(line.count));
    }
    this.rounds += 1;
    await Promise.resolve();
    return counts;
  }
}

function add(counts: Map<string, number>, name: string, count: number): void {
  counts.set(name, (counts.get(name) ?? 0) + count);
}
`;
}

function listenersText(name: string, kebab: string): string {
  return `import { JobEvent, type Listeners } from 'mproc-worker';
import type { ${name} } from '../workers/${kebab}.worker.js';

export const ${kebab}Listeners: Listeners<${name}> = {
  [JobEvent.Start]: (worker, event) => console.error(worker.rounds, event.attempt),
  [JobEvent.Failed]: (_worker, event) => console.error(event.error),
};
`;
}
