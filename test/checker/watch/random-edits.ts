/** A small generator of random numbers, so that a run can be had again. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const CONFIGURED = '/* configuration */';

/** What each file may hold; `undefined`: it is not there. The first is what the project begins with. */
export const VARIANTS: Readonly<Record<string, readonly (string | undefined)[]>> = {
  'src/shared/types.ts': [
    'export interface Order { id: string; lines: readonly Line[] }\nexport interface Line { count: number; at: Date }\n',
    'export interface Order { id: string; lines: readonly Line[] }\nexport interface Line { count: number; at: () => Date }\n',
    'export interface Order { id: string; lines: readonly Line[] }\n\n// Moved.\nexport interface Line { count: any; at: Date }\n',
    'export interface Order { id: number; lines: readonly Line[] }\nexport interface Line { count: number; at: URL }\n',
    'export interface Order { id: string; lines: readonly Line[]; extra?: Extra }\nexport interface Line { count: number; at: Date }\n',
  ],
  'src/shared/index.ts': [
    "export type { Line, Order } from './types.js';\nexport { add, total } from './sums.js';\n",
    "export type * from './types.js';\nexport * from './sums.js';\n",
    "export type { Line } from './types.js';\nexport type Order = { id: symbol };\nexport { add, total } from './sums.js';\n",
  ],
  'src/shared/sums.ts': [
    'let sum = 0;\nexport const total = () => sum;\nexport function add(n: number): number { return n + 1; }\nexport function reset() { sum = 0; }\n',
    'let sum = 0;\nexport const total = () => sum;\nexport function add(n: number): number { sum += n; return sum; }\n',
    "const sum = 0;\nexport const total = () => sum;\nexport function add(n: number): number { if (n < 0) throw 'negative'; return n; }\n",
    'const sum = 0;\nexport const total = () => sum;\nexport function add(n: number): number { while (true) { n += 1; } }\n',
    "import { leave } from './leave.js';\nexport const total = () => 0;\nexport function add(n: number): number { return n < 0 ? leave() : n; }\n",
  ],
  'src/shared/leave.ts': [
    undefined,
    'export function leave(): never { process.exit(1); }\n',
    "export function leave(): never { throw new Error('no'); }\n",
  ],
  'src/a.worker.ts': [
    "import { Worker } from 'mproc-worker';\nimport { type Order, add } from './shared/index.js';\nimport { aListeners } from './a.listeners.js';\n\nexport class A extends Worker<Order, number> {\n  static override readonly module = import.meta.url;\n  static override readonly listeners = [aListeners];\n  protected override process(order: Order): number { return add(order.lines.length); }\n}\n",
    "import { Worker } from 'mproc-worker';\nimport { type Order, add } from './shared/index.js';\n\nexport class A extends Worker<Order, number> {\n  static override readonly module = import.meta.url;\n  protected override process(order: Order): number { return add(order.lines.length); }\n}\n",
    "import { Worker } from 'mproc-worker';\nimport type { Order } from './shared/index.js';\n\nclass A extends Worker<Order, Order> {\n  protected override process(order: Order): Order { return order; }\n}\nvoid A;\n",
    "import { Base } from './base.js';\nimport type { Order } from './shared/index.js';\n\nexport class A extends Base<Order> {\n  static override readonly module = import.meta.url;\n}\n",
  ],
  'src/base.ts': [
    "import { Worker } from 'mproc-worker';\nimport { add } from './shared/index.js';\nexport abstract class Base<T> extends Worker<T, number> {\n  protected override process(_: T): number { return add(1); }\n}\n",
    "import { Worker } from 'mproc-worker';\nexport abstract class Base<T> extends Worker<T, number> {\n  readonly run = () => 1;\n  constructor(readonly needed: string) { super(); }\n  protected override process(_: T): number { return this.run(); }\n}\n",
  ],
  'src/a.listeners.ts': [
    "import { JobEvent, type Listeners } from 'mproc-worker';\nimport type { A } from './a.worker.js';\n\nexport const aListeners: Listeners<A> = { [JobEvent.Start]: () => {} };\n",
    "import { JobEvent, type Listeners } from 'mproc-worker';\nimport type { B } from './b.worker.js';\n\nexport const aListeners: Listeners<B> = { [JobEvent.Start]: () => {} };\n",
    "import { JobEvent } from 'mproc-worker';\n\nexport const aListeners = { [JobEvent.Start]: () => {} };\nexport const lost = { 'job.event.begun': () => {} };\n",
  ],
  'src/b.worker.ts': [
    undefined,
    "import { Worker } from 'mproc-worker';\n\nexport class B extends Worker<number, number> {\n  static override readonly module = import.meta.url;\n  seen = 1;\n  protected override process(n: number): number { return n; }\n}\n",
    "import { Worker } from 'mproc-worker';\n// Of the same name.\nexport class A extends Worker<number, number> {\n  static override readonly module = import.meta.url;\n  protected override process(n: number): number { return n; }\n}\n",
  ],
  'src/main.ts': [
    "import { ProcessPool } from 'mproc-worker';\nimport { total } from './shared/index.js';\nexport const pool = new ProcessPool();\nconsole.log(total());\n",
    "import { ProcessPool } from 'mproc-worker';\nimport { A } from './a.worker.js';\nexport const pool = new ProcessPool();\npool.submit(new A(), 1 as never);\n",
    "import * as all from './a.listeners.js';\nconsole.log(Object.keys(all));\n// mproc-check-ignore no-floating-promise: a test\nPromise.resolve();\n",
  ],
  'src/f.ts': [
    "import { defineWorker } from 'mproc-worker';\nimport { add } from './shared/sums.js';\nexport const f = defineWorker(import.meta.url, (n: number) => add(n));\n",
    "import { defineWorker } from 'mproc-worker';\nimport type { Line } from './shared/index.js';\nconst f = defineWorker(import.meta.url, (line: Line) => line.at);\nvoid f;\n",
  ],
  'src/jobs.queue.ts': [
    undefined,
    "import { NullQueue } from 'mproc-worker';\nexport class Jobs extends NullQueue<string> {}\n",
    "import { NullQueue } from 'mproc-worker';\nexport class Jobs extends NullQueue<string> {\n  override async ack() { return ['ok' as const]; }\n}\nexport class Later extends Jobs {}\n",
  ],
  'src/jobs.queue.test.ts': [
    undefined,
    "import { describeQueue } from 'mproc-worker/testing';\nimport { Jobs } from './jobs.queue.js';\ndescribeQueue('Jobs', { create: (name: string) => new Jobs(name) } as never);\n",
    "import { describeQueue } from 'mproc-worker/testing';\nimport { make } from './make.js';\ndescribeQueue('Jobs', { create: make } as never);\n",
  ],
  'src/make.ts': [
    undefined,
    "import { Jobs } from './jobs.queue.js';\nexport const make = (name: string) => new Jobs(name);\n",
    "import { NullQueue } from 'mproc-worker';\nexport const make = (name: string) => new NullQueue(name);\n",
  ],
  'src/global.d.ts': [
    undefined,
    'interface Extra { run(): void }\n',
    'interface Extra { readonly words: readonly string[] }\n',
  ],
  'tsconfig.json': [
    CONFIGURED,
    `${CONFIGURED} strict off`,
    `${CONFIGURED} without b.worker.ts`,
    `${CONFIGURED} isolated`,
  ],
  '.mproc/check.json': [
    undefined,
    '{ "rules": { "no-module-state": "warning", "throws-errors": "off" } }\n',
    '{ "folders": { "src/shared": { "no-module-state": "off" } } }\n',
  ],
};

interface Configuration {
  readonly compilerOptions: Readonly<Record<string, unknown>>;
  readonly include: readonly string[];
  readonly exclude?: readonly string[];
}

/** What is to be written of a variant. */
export function textOf(path: string, variant: string, configuration: Configuration): string {
  if (path !== 'tsconfig.json') return variant;
  const { compilerOptions } = configuration;
  const changed = {
    ...configuration,
    ...(variant.endsWith('strict off') && { compilerOptions: { ...compilerOptions, strict: false } }),
    ...(variant.endsWith('isolated') && { compilerOptions: { ...compilerOptions, isolatedModules: true } }),
    ...(variant.endsWith('b.worker.ts') && { exclude: ['src/b.worker.ts'] }),
  };
  return `${JSON.stringify(changed)}\n`;
}
