import { Lines, type Mutant } from './mutant.js';

/** Statements at the start of `process` that a rule finds in their own line. */
const STATEMENTS: readonly [rule: string, statement: string][] = [
  ['no-process-control', 'process.exit(1);'],
  ['no-process-control', "process.chdir('/');"],
  ['no-process-control', 'process.kill(process.pid);'],
  ['no-process-control', "globalThis.process['abort']();"],
  ['no-process-control', "process.on('SIGTERM', () => {});"],
  ['throws-errors', "if (this.jobId === 'x') throw 'mutant';"],
  ['throws-errors', "if (this.jobId === 'x') throw { code: 404 };"],
  ['throws-errors', "void Promise.reject('mutant');"],
  ['honours-signal', 'while (true) if (this.jobId) break;'],
  ['honours-signal', 'for (;;) if (this.jobId) break;'],
  ['no-floating-promise', 'Promise.resolve(1);'],
  ['no-floating-promise', 'Promise.resolve(1).then((one) => one + 1);'],
  ['no-floating-promise', "import('node:fs');"],
  ['no-floating-promise', '[1].forEach(async () => {});'],
  ['no-module-state', 'Object.assign(globalThis, { mutant: 1 });'],
];

/** Fields that cannot travel. */
const FIELDS = [
  'handler = () => 1;',
  "readonly key = Symbol('key');",
  'cache = new WeakMap<object, number>();',
  'pending = Promise.resolve(1);',
  'socket = new (class Socket { open = true; })();',
  'protected controller: AbortController | undefined;',
];

const UNSENDABLE = [
  '() => void',
  'symbol',
  'WeakMap<object, number>',
  'Promise<number>[]',
  'NodeJS.ReadableStream',
  '{ at: URL }',
];

export function workerMutants(path: string, text: string): Mutant[] {
  const lines = new Lines(text);
  const classLine = lines.first(/^export class \w+ extends Worker</);
  const processLine = lines.first(/^ {2}protected override (async )?process\(/);
  const moduleLine = lines.first(/static override readonly module/);
  const context = { path, lines, classLine, processLine, moduleLine };
  return [
    ...ofClass(context),
    ...ofMembers(context),
    ...ofTypes(context),
    ...ofBody(context),
    ...ofModule(context),
  ];
}

interface Context {
  readonly path: string;
  readonly lines: Lines;
  readonly classLine: number;
  readonly processLine: number;
  readonly moduleLine: number;
}

function ofClass({ path, lines, classLine, moduleLine, processLine }: Context): Mutant[] {
  const name = /class (\w+)/.exec(lines.find(/^export class/)[0]!.text)![1]!;
  const bare = lines.replace(classLine, (line) => line.replace('export ', ''));
  const nested = lines.replace(classLine, (line) =>
    line.replace('export class', 'export function make(captured = 1) { void captured; class'),
  );
  const members = lines.find(/\boverride\b/).map(({ line }) => line);
  return [
    { name: 'export lost', path, text: bare, at: [classLine], rules: ['worker-exported'] },
    {
      name: 'export renamed',
      path,
      text: `${bare}\nexport { ${name} as Renamed };\n`,
      at: [classLine],
      rules: ['worker-exported'],
    },
    {
      name: 'moved into a function',
      path,
      text: `${nested.trimEnd()}\nreturn ${name}; }\n`,
      at: [classLine],
      rules: ['worker-top-level'],
    },
    {
      name: 'no longer a Worker',
      path,
      text: lines.replace(classLine, (line) => line.replace(/ extends Worker<.*> \{$/, ' {')),
      at: members,
      rules: ['typescript'],
    },
    {
      name: 'constructor with a required argument',
      path,
      text: lines.insertAfter(moduleLine, '  constructor(readonly needed: number) { super(); }'),
      at: [moduleLine + 1],
      rules: ['worker-constructor'],
    },
    {
      name: 'listener added in the constructor',
      path,
      text: lines.insertAfter(
        moduleLine,
        "  constructor() { super(); this.addListener('job.event.start', () => {}); }",
      ),
      at: [moduleLine + 1],
      rules: ['listener-in-constructor'],
    },
    {
      name: 'imported from nowhere',
      path,
      text: lines.text.replace("'mproc-worker'", "'mproc-workers'"),
      at: [lines.first(/'mproc-worker'/)],
      rules: ['typescript'],
    },
    {
      name: 'an event that is not fired',
      path,
      text: lines.insertAfter(
        processLine,
        "    this.addListener('job.event.begin' as 'job.event.start', () => {});",
      ),
      at: [processLine + 1],
      rules: ['listener-event'],
    },
  ];
}

function ofMembers({ path, lines, classLine, processLine, moduleLine }: Context): Mutant[] {
  const end = lines.endOf(processLine);
  const module = (change: (line: string) => string) => lines.replace(moduleLine, change);
  const process = (change: (line: string) => string) => lines.replace(processLine, change);
  return [
    {
      name: 'module deleted',
      path,
      text: lines.without(moduleLine),
      at: [classLine],
      rules: ['worker-module'],
    },
    {
      name: 'module elsewhere',
      path,
      text: module((line) => line.replace('import.meta.url', "'file:///elsewhere.js'")),
      at: [moduleLine],
      rules: ['worker-module'],
    },
    {
      name: 'module of another file',
      path,
      text: module((line) => line.replace('import.meta.url', "new URL('./other.js', import.meta.url).href")),
      at: [moduleLine],
      rules: ['worker-module'],
    },
    {
      name: 'module empty',
      path,
      text: module((line) => line.replace('import.meta.url', "''")),
      at: [moduleLine],
      rules: ['worker-module'],
    },
    {
      name: 'module of the wrong type',
      path,
      text: module((line) => line.replace('import.meta.url', '42')),
      at: [moduleLine],
      rules: ['worker-module'],
    },
    {
      name: 'module misspelled',
      path,
      text: module((line) => line.replace('module', 'modul')),
      at: [moduleLine],
      rules: ['typescript'],
    },
    {
      name: 'module not static',
      path,
      text: module((line) => line.replace('static override ', '')),
      at: [moduleLine],
      rules: ['worker-module'],
    },
    {
      name: 'process deleted',
      path,
      text: lines.without(processLine, end),
      at: [classLine],
      rules: ['process-method'],
    },
    {
      name: 'process renamed',
      path,
      text: process((line) => line.replace('process(', 'work(')),
      at: [processLine, classLine],
      rules: ['typescript', 'process-method'],
    },
    {
      name: 'process without override, renamed',
      path,
      text: process((line) => line.replace('protected override ', '').replace('process(', 'handle(')),
      at: [classLine],
      rules: ['process-method'],
    },
    {
      name: 'process static',
      path,
      text: process((line) => line.replace('protected override', 'protected static')),
      at: [processLine],
      rules: ['process-method'],
    },
    {
      name: 'process private to the class',
      path,
      text: process((line) => line.replace('protected override ', '').replace('process(', '#process(')),
      at: [processLine],
      rules: ['process-method'],
    },
    {
      name: 'process a generator',
      path,
      text: process((line) => line.replace('process(', '*process(')),
      at: [processLine],
      rules: ['process-method', 'typescript'],
    },
    {
      name: 'process a field',
      path,
      text: process((line) =>
        line.replace(/(async )?process\((.*)\): (.*) \{$/, 'process = $1($2): $3 => {'),
      ),
      at: [processLine],
      rules: ['process-method'],
    },
    ...FIELDS.map((field) => ({
      name: `field ${field}`,
      path,
      text: lines.insertAfter(moduleLine, `  ${field}`),
      at: [moduleLine + 1],
      rules: ['state-transferable'],
    })),
  ];
}

function ofTypes({ path, lines, classLine, processLine }: Context): Mutant[] {
  const signature = (args: string | undefined, result: string | undefined) => {
    const changed = lines.replace(processLine, (line) =>
      line.replace(
        /process\((.*?): (.*)\): (.*) \{$/,
        (_, name: string, oldArgs: string, oldResult: string) =>
          `process(${name}: ${args ?? oldArgs}): ${result ?? oldResult} {`,
      ),
    );
    return changed;
  };
  return [
    {
      name: 'args any',
      path,
      text: signature('any', undefined),
      at: [processLine],
      rules: ['process-types'],
    },
    {
      name: 'args hold any',
      path,
      text: signature('{ rows: any[] }', undefined),
      at: [processLine],
      rules: ['process-types'],
    },
    {
      name: 'result any',
      path,
      text: signature(undefined, 'any'),
      at: [processLine],
      rules: ['process-types'],
    },
    {
      name: 'result promises any',
      path,
      text: signature(undefined, 'Promise<any>'),
      at: [processLine],
      rules: ['process-types'],
    },
    {
      name: 'args of another type',
      path,
      text: signature('{ wrong: RegExp }', undefined),
      at: [processLine],
      rules: ['typescript'],
    },
    {
      name: 'result of another type',
      path,
      text: signature(undefined, '{ wrong: RegExp }'),
      at: [processLine],
      rules: ['typescript'],
    },
    {
      name: 'two required arguments',
      path,
      text: lines.replace(processLine, (line) => line.replace('): ', ', second: number): ')),
      at: [processLine],
      rules: ['typescript'],
    },
    {
      name: 'promised arguments changed',
      path,
      text: lines.replace(classLine, (line) => line.replace(/Worker<.*> \{/, 'Worker<RegExp, RegExp> {')),
      at: [processLine],
      rules: ['typescript'],
    },
    ...UNSENDABLE.flatMap((type) => [
      {
        name: `args ${type}`,
        path,
        text: signature(type, undefined),
        at: [processLine],
        rules: ['args-transferable'],
      },
      {
        name: `result ${type}`,
        path,
        text: signature(undefined, type),
        at: [processLine],
        rules: ['result-transferable'],
      },
    ]),
  ];
}

function ofBody({ path, lines, processLine }: Context): Mutant[] {
  const found = STATEMENTS.map(([rule, statement]) => ({
    name: statement,
    path,
    text: lines.insertAfter(processLine, `    ${statement}`),
    at: [processLine + 1],
    rules: [rule],
  }));
  const shared: [declaration: string, change: string][] = [
    ['let mutated = 0;', 'mutated += 1;'],
    ['const mutated: number[] = [];', 'mutated.push(1);'],
    ['const mutated = new Map<string, number>();', "mutated.set('key', 1);"],
    ['const mutated = { count: 0 };', 'mutated.count++;'],
  ];
  const withState = shared.map(([declaration, change]) => ({
    name: `state of the module: ${change}`,
    path,
    text: `${lines.insertAfter(processLine, `    ${change}`)}\n${declaration}\n`,
    at: [processLine + 1],
    rules: ['no-module-state'],
  }));
  const returned = lines.find(/^ {4}return /)[0];
  const wrong: Mutant[] = returned
    ? [
        {
          name: 'returns something else',
          path,
          text: lines.replace(returned.line, () => '    return { mutant: /x/ };'),
          at: [returned.line, returned.line + 1],
          rules: ['typescript'],
        },
      ]
    : [];
  return [...found, ...withState, ...wrong];
}

function ofModule({ path, lines }: Context): Mutant[] {
  const statements = [
    "console.log('loaded');",
    'setInterval(() => {}, 1000);',
    "await fetch('http://127.0.0.1/');",
    'const timer = setTimeout(() => {}, 1000); export { timer };',
    "for (const name of ['a']) console.log(name);",
    "process.title = 'mutant';",
  ];
  const last = lines.text.trimEnd().split('\n').length;
  return statements.map((statement) => ({
    name: `top level: ${statement}`,
    path,
    text: `${lines.text.trimEnd()}\n${statement}\n`,
    at: [last + 1],
    rules: ['no-side-effects', 'no-floating-promise'],
  }));
}
