import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import type { CheckOptions } from '../../generator/checker/index.js';
import { LENGTHS, Project } from './project.js';

// A compilation is seconds of work on a busy machine.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const projects: Project[] = [];

function projectWith(files: Record<string, string>): Project {
  const project = new Project(files);
  projects.push(project);
  return project;
}

afterEach(() => {
  for (const project of projects.splice(0)) project.remove();
});

const FILE = 'src/lengths.worker.ts';

/** The text after `--fix`, and the code that it ends with. */
async function fixed(
  text: string,
  options: Partial<CheckOptions> = {},
): Promise<[text: string, code: number]> {
  const project = projectWith({ [FILE]: text });
  const { code } = await project.check({ fix: true, ...options });
  return [project.read(FILE), code];
}

test('a lost export and a lost module come back, comments and all else stay', async () => {
  const broken = LENGTHS.replace('export class', '/* kept */ class')
    .replace('  static override readonly module = import.meta.url;\n\n', '')
    .replace('return', '// why\n    return');
  const [text, code] = await fixed(broken);
  expect(code).toBe(0);
  expect(text).toBe(
    LENGTHS.replace('export class', '/* kept */ export class').replace('return', '// why\n    return'),
  );
});

test('line breaks of Windows stay, in what is added too', async () => {
  const broken = LENGTHS.replace('export class', 'class')
    .replace('  static override readonly module = import.meta.url;\n\n', '')
    .replaceAll('\n', '\r\n');
  const [text, code] = await fixed(broken);
  expect(code).toBe(0);
  expect(text).toBe(LENGTHS.replaceAll('\n', '\r\n'));
});

test('a wrong module is put right where it stands', async () => {
  const [text, code] = await fixed(
    LENGTHS.replace(
      'static override readonly module = import.meta.url',
      "static override module = '/tmp/x.js'",
    ),
  );
  expect([text, code]).toEqual([LENGTHS, 0]);
});

test('an empty class gets its module inside', async () => {
  const base = LENGTHS.replace('export class Lengths', 'export abstract class Base');
  const project = projectWith({
    'src/base.ts': base,
    [FILE]: "import { Base } from './base.js';\n\nexport class Lengths extends Base {}\n",
  });
  expect((await project.check({ fix: true })).code).toBe(0);
  expect(project.read(FILE)).toBe(
    "import { Base } from './base.js';\n\nexport class Lengths extends Base {\n  static override readonly module = import.meta.url;\n}\n",
  );
});

test.each([
  [
    'process = (text: string): number => text.length;',
    'process(text: string): number { return text.length; }',
  ],
  [
    'readonly process = async (text: string) => {\n    // why\n    return text.length;\n  };',
    'async process(text: string) {\n    // why\n    return text.length;\n  }',
  ],
  [
    'process = function (text: string): number {\n    return text.length;\n  };',
    'process(text: string): number {\n    return text.length;\n  }',
  ],
])('a field becomes a method: %s', async (field, method) => {
  const method_ = /process\(text: string\): number \{[\s\S]*?\n {2}\}/;
  const [text, code] = await fixed(LENGTHS.replace(method_, field));
  expect([text, code]).toEqual([LENGTHS.replace(method_, method), 0]);
});

test('a dropped promise is awaited where the function is async, as a suggestion, and left where it is not', async () => {
  const drop = (word: string) =>
    LENGTHS.replace('override process', `override ${word}process`)
      .replace('): number', word ? '): Promise<number>' : '): number')
      .replace('return text', 'Promise.resolve(text);\n    return text');
  expect(await fixed(drop('async '))).toEqual([drop('async '), 1]);
  expect(await fixed(drop('async '), { fixSuggested: true })).toEqual([
    drop('async ').replace('Promise.resolve', 'await Promise.resolve'),
    0,
  ]);
  expect(await fixed(drop(''), { fixSuggested: true })).toEqual([drop(''), 1]);
});

test('a map of listeners gets its type and the imports for it', async () => {
  const listeners =
    "import { JobEvent } from 'mproc-worker';\n\nexport const heard = {\n  [JobEvent.Start]: (worker, event) => console.log(worker.jobId, event.attempt),\n};\n";
  const project = projectWith({
    'src/heard.listeners.ts': listeners,
    [FILE]: LENGTHS.replace(
      "'mproc-worker';",
      "'mproc-worker';\nimport { heard } from './heard.listeners.js';",
    ).replace('import.meta.url;', 'import.meta.url;\n  static override readonly listeners = [heard];'),
  });
  const { code, stdout } = await project.check({ fix: true });
  expect(code, stdout).toBe(0);
  expect(project.read('src/heard.listeners.ts')).toBe(
    listeners
      .replace('{ JobEvent }', '{ JobEvent, type Listeners }')
      .replace("'mproc-worker';", "'mproc-worker';\nimport type { Lengths } from './lengths.worker.js';")
      .replace('const heard', 'const heard: Listeners<Lengths>'),
  );
});

const QUEUE = `import { type DeadLetters, type Lease, type Outcome, type Queue, type QueueCounts, type QueueSupport } from 'mproc-worker';

export class Lists<T> implements Queue<T> {
  declare readonly supports: QueueSupport;
  declare readonly dead: DeadLetters<T>;

  constructor(readonly name: string) {}

  async counts(): Promise<QueueCounts> {
    return { ready: 0, delayed: 0, leased: 0, dead: 0 };
  }
}
`;

test('an import that is added keeps the way in which the project imports its files', async () => {
  const project = projectWith({
    'src/heard.listeners.ts':
      "import { JobEvent } from 'mproc-worker';\n\nexport const heard = {\n  [JobEvent.Start]: (worker, event) => console.log(worker.jobId, event.attempt),\n};\n",
    [FILE]: LENGTHS.replace(
      "'mproc-worker';",
      "'mproc-worker';\nimport { heard } from './heard.listeners.ts';",
    ).replace('import.meta.url;', 'import.meta.url;\n  static override readonly listeners = [heard];'),
  });
  const configuration = JSON.parse(project.read('tsconfig.json'));
  configuration.compilerOptions.rewriteRelativeImportExtensions = true;
  project.write('tsconfig.json', JSON.stringify(configuration));
  const { code, stdout } = await project.check({ fix: true });
  expect(code, stdout).toBe(0);
  expect(project.read('src/heard.listeners.ts')).toContain(
    "import type { Lengths } from './lengths.worker.ts';",
  );
});

test('missing members of a queue are added, and what is left compiles', async () => {
  const project = projectWith({
    'src/lists.queue.ts': QUEUE,
    'src/lists.queue.test.ts':
      "import { describeQueue } from 'mproc-worker/testing';\nimport { Lists } from './lists.queue.js';\n\ndescribeQueue('Lists', (name) => new Lists(name));\n",
  });
  const { code, stdout } = await project.check({ fix: true });
  expect(code, stdout).toBe(0);
  const text = project.read('src/lists.queue.ts');
  expect(text).toContain('UnsupportedError } from');
  expect(text).toContain("async put(..._args: Parameters<Queue<T>['put']>)");
  expect(text).toContain('async *[Symbol.asyncIterator]()');
});

test('a second run changes nothing', async () => {
  const project = projectWith({ [FILE]: LENGTHS.replace('export class', 'class') });
  await project.check({ fix: true });
  const before = statSync(join(project.root, FILE)).mtimeMs;
  await project.check({ fix: true });
  expect(statSync(join(project.root, FILE)).mtimeMs).toBe(before);
});

test('a repair that would make more errors is taken back', async () => {
  // Exported, the class would clash with the name that the file exports already.
  const text = `${LENGTHS.replace('export class', 'class')}\nconst other = 1;\nexport { other as Lengths };\n`;
  const [after, code] = await fixed(text);
  expect([after, code]).toEqual([text, 1]);
});

test('the mode of a file stays and no other file is left behind', async () => {
  const project = projectWith({ [FILE]: LENGTHS.replace('export class', 'class') });
  chmodSync(join(project.root, FILE), 0o600);
  await project.check({ fix: true });
  expect(statSync(join(project.root, FILE)).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(project.root, 'src'))).toEqual(['lengths.worker.ts']);
});

test('a link to a file outside of the project is left alone', async () => {
  const outside = mkdtempSync(join(tmpdir(), 'outside-'));
  const broken = LENGTHS.replace('export class', 'class');
  writeFileSync(join(outside, 'lengths.worker.ts'), broken);
  const project = projectWith({ 'src/other.ts': 'export {};\n' });
  symlinkSync(join(outside, 'lengths.worker.ts'), join(project.root, FILE));
  await project.check({ fix: true });
  expect(lstatSync(join(project.root, FILE)).isSymbolicLink()).toBe(true);
  expect(readFileSync(join(outside, 'lengths.worker.ts'), 'utf8')).toBe(broken);
  rmSync(outside, { recursive: true });
});

test('only files that were named are repaired', async () => {
  const broken = LENGTHS.replace('export class', 'class');
  const project = projectWith({
    [FILE]: broken,
    'src/others.worker.ts': broken.replace('Lengths', 'Others'),
  });
  await project.check({ fix: true, paths: ['src/others.worker.ts'] });
  expect(project.read(FILE)).toBe(broken);
  expect(project.read('src/others.worker.ts')).toContain('export class Others');
});

test('the byte order mark stays', async () => {
  const [text, code] = await fixed(`\uFEFF${LENGTHS.replace('export class', 'class')}`);
  expect([text, code]).toEqual([`\uFEFF${LENGTHS}`, 0]);
});

const METHOD = /protected override process\(text: string\): number \{[\s\S]*?\n {2}\}/;

test.each([
  ['behind the arrow', 'process = (text: string): number => // why\n    text.length;'],
  ['before the function', 'process = /* why */ (text: string): number => text.length;'],
  ['behind the value', 'process = (text: string): number => text.length /* why */;'],
  ['in the brackets', 'process = (text: string): number => (/* why */ text.length);'],
])('a comment that a repair would lose is left with its code: %s', async (_, field) => {
  const broken = LENGTHS.replace(METHOD, field);
  expect(await fixed(broken)).toEqual([broken, 1]);
});

test.each([
  ["static override readonly module = /* why */ 'file:///x.js';", false],
  ["static override readonly module = 'file:///x.js'; // why", true],
  ["static override readonly module = 'file:///x.js';", true],
])('a wrong module with a comment: %s', async (member, isRepaired) => {
  const module = 'static override readonly module = import.meta.url;';
  const broken = LENGTHS.replace(module, member);
  const repaired = LENGTHS.replace(module, member.replace(/static .*;/, module));
  expect(await fixed(broken)).toEqual(isRepaired ? [repaired, 0] : [broken, 1]);
});

test('a top-level promise gets no await, which would be a finding of its own', async () => {
  const broken = `${LENGTHS}\nPromise.resolve(1).then((n) => n + 1);\n`;
  expect(await fixed(broken, { fixSuggested: true })).toEqual([broken, 1]);
});

test('workers in JavaScript are repaired in JavaScript', async () => {
  const text =
    "import { Worker } from 'mproc-worker';\n\nclass Sums extends Worker {\n  process = (n) => n + 1;\n}\n";
  const project = projectWith({ 'src/sums.worker.js': text });
  const configuration = JSON.parse(project.read('tsconfig.json'));
  configuration.compilerOptions.allowJs = true;
  project.write('tsconfig.json', JSON.stringify(configuration));
  await project.check({ fix: true });
  expect(project.read('src/sums.worker.js')).toBe(
    "import { Worker } from 'mproc-worker';\n\nexport class Sums extends Worker {\n  static module = import.meta.url;\n\n  process(n) { return n + 1; }\n}\n",
  );
});

test('one repair that cannot be made does not hold up the others of its file', async () => {
  const clash = `${LENGTHS.replace('export class', 'class')}\nconst other = 1;\nexport { other as Lengths };\n`;
  const [after] = await fixed(clash.replace('  static override readonly module = import.meta.url;\n\n', ''));
  expect(after).toBe(clash);
});

test('--dry-run shows the repairs as a diff and writes nothing', async () => {
  const broken = LENGTHS.replace('export class', 'class');
  const project = projectWith({ [FILE]: broken });
  const { stdout } = await project.check({ fix: true, dryRun: true, format: 'pretty' });
  expect(project.read(FILE)).toBe(broken);
  expect(stdout).toContain(`--- a/${FILE}`);
  expect(stdout).toContain('-class Lengths extends');
  expect(stdout).toContain('+export class Lengths extends');
  const json = await project.check({ fix: true, dryRun: true });
  expect(JSON.parse(json.stdout).findings).toEqual([]);
  expect(json.stderr).toContain('+export class Lengths');
});
