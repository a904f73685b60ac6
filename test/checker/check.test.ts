import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
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
const PAGES = 'https://github.com/create-mproc-worker/create-mproc-worker/blob/main/docs/rules/';

test('a project that keeps the contracts exits 0 and says what was looked at', async () => {
  const { code, stdout, stderr } = await projectWith({ [FILE]: LENGTHS }).check();
  const report = JSON.parse(stdout);
  expect({ code, stderr, findings: report.findings, checked: report.checked }).toEqual({
    code: 0,
    stderr: '',
    findings: [],
    checked: { workers: 1, listeners: 0, queues: 0, strategies: 0 },
  });
  expect(Object.keys(report)).toEqual(['findings', 'checked', 'ms']);
  expect(report.ms).toBeGreaterThan(0);
});

test('a finding has exactly the fields of the format', async () => {
  const project = projectWith({ [FILE]: LENGTHS.replace('export class', 'class') });
  const { code, stdout } = await project.check();
  expect(code).toBe(1);
  expect(JSON.parse(stdout).findings).toEqual([
    {
      rule: 'worker-exported',
      severity: 'error',
      file: FILE,
      line: 3,
      column: 7,
      endLine: 3,
      endColumn: 14,
      message: 'Lengths is not exported; write `export` before it',
      clause: 'A process finds a worker among the exports of its module, under its own name.',
      fixable: true,
      url: `${PAGES}worker-exported.md`,
      fixes: [
        {
          safe: true,
          edits: [
            {
              path: join(realpathSync(project.root), FILE),
              ...{ line: 3, column: 1, endLine: 3, endColumn: 1 },
              text: 'export ',
            },
          ],
        },
      ],
    },
  ]);
});

test.each([
  ['process deleted', /\n {2}protected override process[\s\S]*?\n {2}\}\n/, '', 3],
  ['the wrong type returned', 'return text.length;', 'return text;', 7],
  ['the import misspelled', '{ Worker }', '{ Workers }', 1],
])('what the compiler says is a finding with its code: %s', async (_, found, replacement, line) => {
  const { code, stdout } = await projectWith({ [FILE]: LENGTHS.replace(found, replacement) }).check();
  const [finding] = JSON.parse(stdout).findings;
  expect({ code, rule: finding.rule, file: finding.file, line: finding.line }).toEqual({
    code: 1,
    rule: 'typescript',
    file: FILE,
    line,
  });
  expect(finding.message).toMatch(/^TS\d+: /);
});

test('warnings alone exit 0', async () => {
  const strategy = `import { RetryStrategy } from 'mproc-worker';\nexport const s = new RetryStrategy({ maxRetries: Infinity });\n`;
  const { code, stdout } = await projectWith({ 'src/s.ts': strategy }).check();
  expect([code, JSON.parse(stdout).findings[0].severity]).toEqual([0, 'warning']);
});

test('a folder without a tsconfig.json, a missing folder and a missing path are usage errors of one line', async () => {
  const project = projectWith({ [FILE]: LENGTHS });
  const outcomes = [
    await project.check({ root: join(project.root, 'src') }),
    await project.check({ root: join(project.root, 'nowhere') }),
    await project.check({ paths: ['src/missing.ts'] }),
    await project.check({ paths: ['/'] }),
  ];
  for (const { code, stdout, stderr } of outcomes) {
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^[^\n]+\n$/);
  }
});

test('a tsconfig.json that cannot be read is said in one line or as a finding, and never passes', async () => {
  const project = projectWith({ [FILE]: LENGTHS });
  project.write('tsconfig.json', '{ "include": ');
  const { code } = await project.check();
  expect(code).not.toBe(0);
});

test('only files and folders that were named are reported', async () => {
  const bad = LENGTHS.replace('export class', 'class');
  const project = projectWith({
    'src/a/one.worker.ts': bad,
    'src/b/two.worker.ts': bad.replace('Lengths', 'Others'),
  });
  const filesOf = async (paths: string[]) =>
    JSON.parse((await project.check({ paths })).stdout).findings.map(
      (finding: { file: string }) => finding.file,
    );
  expect(await filesOf(['src/b'])).toEqual(['src/b/two.worker.ts']);
  expect(await filesOf([join(realpathSync(project.root), 'src/a/one.worker.ts')])).toEqual([
    'src/a/one.worker.ts',
  ]);
});

const LOUD = LENGTHS.replace('return text', "if (text === '') throw 'empty';\n    return text");

test('a suppression with a reason silences its rule at its place', async () => {
  const above = LOUD.replace(
    'if (text ===',
    '// mproc-check-ignore throws-errors: the caller wants a text\n    if (text ===',
  );
  const beside = LOUD.replace("'empty';", "'empty'; // mproc-check-ignore throws-errors: as it is");
  for (const text of [above, beside]) expect((await projectWith({ [FILE]: text }).check()).code).toBe(0);
});

test.each([
  ['without a reason', 'throws-errors', ['suppression-reason', 'throws-errors']],
  ['with an empty reason', 'throws-errors:  ', ['suppression-reason', 'throws-errors']],
  ['without a rule', '', ['suppression-reason', 'throws-errors']],
  ['of a rule that is not there', 'throws-error: oh', ['suppression-reason', 'throws-errors']],
  ['of another rule', 'no-module-state: oh', ['suppression-unused', 'throws-errors']],
])('a suppression %s silences nothing', async (_, comment, rules) => {
  const text = LOUD.replace('if (text ===', `// mproc-check-ignore ${comment}\n    if (text ===`);
  const { code, stdout } = await projectWith({ [FILE]: text }).check();
  expect(code).toBe(1);
  expect(JSON.parse(stdout).findings.map((finding: { rule: string }) => finding.rule)).toEqual(rules);
});

test('a baseline holds back what was there, and nothing new', async () => {
  const project = projectWith({ [FILE]: LOUD });
  expect((await project.check({ baseline: 'write' })).code).toBe(0);
  expect(existsSync(join(project.root, '.mproc/check-baseline.json'))).toBe(true);
  project.write(FILE, `// moved down by a line\n${LOUD}`);
  expect((await project.check()).code).toBe(0);
  expect((await project.check({ baseline: 'ignore' })).code).toBe(1);
  project.write(FILE, LOUD.replace('return text', "if (text === 'b') throw 'b';\n    return text"));
  const { code, stdout } = await project.check();
  expect([code, JSON.parse(stdout).findings.length]).toEqual([1, 1]);
});

test('a baseline that is none is a usage error', async () => {
  const project = projectWith({ [FILE]: LENGTHS, '.mproc/check-baseline.json': '[]' });
  expect((await project.check()).code).toBe(2);
});

test('pretty shows place, rule, clause, way out and page, and colours only where asked', async () => {
  const project = projectWith({ [FILE]: LENGTHS.replace('export class', 'class') });
  const { stdout } = await project.check({ format: 'pretty' });
  expect(stdout).toContain(
    `${FILE}:3:7 error worker-exported [--fix]\n  Lengths is not exported; write \`export\` before it\n`,
  );
  expect(stdout).toContain('docs/rules/worker-exported.md');
  expect(stdout).toMatch(/1 error in 1 worker, .*\(compiler \d+ ms, rules \d+ ms; behaviour: npm test\)\n$/);
  expect(stdout).not.toContain('\u001b');
  expect((await project.check({ format: 'pretty' }, { colors: true })).stdout).toContain('\u001b[31merror');
});

test('github gives one annotation a finding, with its place', async () => {
  const { stdout } = await projectWith({ [FILE]: LENGTHS.replace('export class', 'class') }).check({
    format: 'github',
  });
  expect(stdout).toMatch(
    /^::error file=src\/lengths\.worker\.ts,line=3,col=7,endLine=3,endColumn=14,title=worker-exported::Lengths is not exported; [^\n]*\n$/,
  );
});

test('sarif is a log of version 2.1.0 whose results name a rule of its table', async () => {
  const { stdout } = await projectWith({ [FILE]: LENGTHS.replace('export class', 'class') }).check({
    format: 'sarif',
  });
  const { version, runs } = JSON.parse(stdout);
  const [result] = runs[0].results;
  expect(version).toBe('2.1.0');
  expect(result.locations[0].physicalLocation).toEqual({
    artifactLocation: { uri: FILE, uriBaseId: 'PROJECT' },
    region: { startLine: 3, startColumn: 7, endLine: 3, endColumn: 14 },
  });
  const rule = runs[0].tool.driver.rules.find(({ id }: { id: string }) => id === result.ruleId);
  expect(rule.helpUri).toBe(`${PAGES}worker-exported.md`);
  const [change] = result.fixes[0].artifactChanges;
  expect(change.replacements).toEqual([
    {
      deletedRegion: { startLine: 3, startColumn: 1, endLine: 3, endColumn: 1 },
      insertedContent: { text: 'export ' },
    },
  ]);
});

test('watch checks again when a file changes, and ends with the code of its last check', async () => {
  const project = projectWith({ [FILE]: LENGTHS });
  const controller = new AbortController();
  let checks = 0;
  const { code } = await project.check(
    { watch: true },
    {
      signal: controller.signal,
      stdout: (text) => {
        checks += 1;
        if (checks === 1)
          setTimeout(() => project.write(FILE, LENGTHS.replace('export class', 'class')), 300);
        if (text.includes('worker-exported')) controller.abort();
      },
    },
  );
  expect(code).toBe(1);
  expect(checks).toBeGreaterThan(1);
});

test('a project gives rules, and rules of a folder, a severity of its own', async () => {
  const project = projectWith({
    'src/a.worker.ts': LOUD.replace('Lengths', 'A'),
    'src/old/b.worker.ts': LOUD.replace('Lengths', 'B'),
    'src/old/kept/c.worker.ts': LOUD.replace('Lengths', 'C'),
    '.mproc/check.json': JSON.stringify({
      rules: { 'throws-errors': 'warning' },
      folders: { 'src/old': { 'throws-errors': 'off' }, './src/old/kept/': { 'throws-errors': 'error' } },
    }),
  });
  const { code, stdout } = await project.check();
  const levels = JSON.parse(stdout).findings.map(
    ({ file, severity }: { file: string; severity: string }) => `${file} ${severity}`,
  );
  expect([code, levels]).toEqual([1, ['src/a.worker.ts warning', 'src/old/kept/c.worker.ts error']]);
  project.write('.mproc/check.json', '{ "rules": { "throw-errors": "off" } }');
  const unknown = await project.check();
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringMatching(/^[^\n]*throw-errors[^\n]*\n$/)]);
});
