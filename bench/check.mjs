// The checker on a project of 100 workers and 20 queues: what the rules take, against what the compiler takes.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mustBe, result } from './measure/result.mjs';
import { median } from './measure/rounds.mjs';
import { roundsOf, sized } from './measure/size.mjs';

const checkout = fileURLToPath(new URL('..', import.meta.url));
const CLI = join(checkout, 'bin/create-mproc-worker.js');

export function run(options) {
  const workers = sized(100, options);
  const queues = sized(20, options);
  const root = makeProject(workers, queues);
  try {
    const runs = Array.from({ length: roundsOf(options, 5) }, () => check(root, { workers, queues }));
    const compilerMs = median(runs.map((each) => each.compilerMs));
    const rulesMs = median(runs.map((each) => each.rulesMs));
    return result('check', {
      goals: [{ against: 'the compiler', ratio: rulesMs / compilerMs, goal: 2, sense: 'at most' }],
      rows: [
        { subject: 'compiler', value: compilerMs, unit: 'ms' },
        { subject: 'rules', value: rulesMs, unit: 'ms' },
        { subject: 'whole process', value: median(runs.map((each) => each.totalMs)), unit: 'ms' },
      ],
    });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** One run of the command as a user starts it. */
function check(root, { workers, queues }) {
  const began = performance.now();
  const printed = execFileSync(process.execPath, [CLI, 'check', '--format', 'sarif', '--cwd', root], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const totalMs = performance.now() - began;
  const { tiers, checked } = JSON.parse(printed).runs[0].properties;
  mustBe('number of workers', checked.workers, workers);
  mustBe('number of queues', checked.queues, queues);
  return { ...tiers, totalMs };
}

function makeProject(workers, queues) {
  const root = mkdtempSync(join(tmpdir(), 'check-'));
  const write = (path, text) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  write(
    'package.json',
    '{ "name": "bench", "private": true, "type": "module", "dependencies": { "mproc-worker": "*" } }',
  );
  write('tsconfig.json', template('project/tsconfig.json.hbs'));
  symlinkSync(join(checkout, 'node_modules'), join(root, 'node_modules'));
  for (let index = 0; index < workers; index += 1) addWorker(write, `Worker${index}`);
  for (let index = 0; index < queues; index += 1) addQueue(write, `Queue${index}`);
  return root;
}

function template(path) {
  return readFileSync(join(checkout, 'templates', path), 'utf8');
}

function addWorker(write, name) {
  const kebab = name.toLowerCase();
  write(`src/workers/${kebab}.worker.ts`, workerText(name, kebab));
  write(`src/listeners/${kebab}.listeners.ts`, listenersText(name, kebab));
}

function addQueue(write, name) {
  const kebab = name.toLowerCase();
  for (const ending of ['queue', 'queue.test']) {
    const text = template(`queue/blank/src/queues/__kebab__.${ending}.ts.hbs`)
      .replaceAll('{{name}}', name)
      .replaceAll('{{camel}}', kebab)
      .replaceAll('{{kebab}}', kebab);
    write(`src/queues/${kebab}.${ending}.ts`, text);
  }
}

function workerText(name, kebab) {
  return `import { Worker } from 'mproc-worker';
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
      for (const line of lines) add(counts, line.name, line.count);
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

function listenersText(name, kebab) {
  return `import { JobEvent, type Listeners } from 'mproc-worker';
import type { ${name} } from '../workers/${kebab}.worker.js';

export const ${kebab}Listeners: Listeners<${name}> = {
  [JobEvent.Start]: (worker, event) => console.error(worker.rounds, event.attempt),
  [JobEvent.Failed]: (_worker, event) => console.error(event.error),
};
`;
}
