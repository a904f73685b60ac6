import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Finished } from './command.js';
import { GeneratedProject } from './generated-project.js';

const SLOW_MS = 240_000;
const WORKER = 'src/workers/mail.worker.ts';

describe('npm run check', () => {
  let project: GeneratedProject;
  let intact: string;
  beforeAll(async () => {
    project = await GeneratedProject.createLinked(['--template', 'sums']);
    const added = await project.add('worker', 'Mail', '--args', 'string', '--result', 'number', '--yes');
    if (added.code !== 0) throw new Error(`the worker could not be added: ${added.output}`);
    intact = readFileSync(project.path(WORKER), 'utf8');
  }, SLOW_MS);
  afterEach(() => writeFileSync(project.path(WORKER), intact));
  afterAll(() => project?.remove());

  async function checkWith(change: (source: string) => string): Promise<Finished> {
    const changed = change(intact);
    expect(changed, 'the change must apply to the generated worker').not.toBe(intact);
    writeFileSync(project.path(WORKER), changed);
    return project.npm('run', 'check');
  }

  function expectFinding({ code, output }: Finished): void {
    expect(code, output).toBe(1);
    expect(output).toMatch(/src\/workers\/mail\.worker\.ts:\d+/);
  }

  test(
    'finds nothing in what was generated',
    async () => {
      const checked = await project.npm('run', 'check');
      expect(checked, checked.output).toMatchObject({ code: 0 });
    },
    SLOW_MS,
  );

  test(
    'names file and line when process was deleted',
    async () => {
      expectFinding(
        await checkWith((source) =>
          source.replace(/^ {2}(?:\/\*\*[\s\S]*?\*\/\n {2})?protected override [\s\S]*?^ {2}}\n/m, ''),
        ),
      );
    },
    SLOW_MS,
  );

  test(
    'names file and line when the class is no longer exported',
    async () => {
      expectFinding(await checkWith((source) => source.replace('export class Mail', 'class Mail')));
    },
    SLOW_MS,
  );

  test(
    'names file and line when the export was renamed',
    async () => {
      const { code, output } = await checkWith((source) =>
        source.replace('export class Mail', 'export class Post'),
      );
      expect(code, output).toBe(1);
      expect(output).toMatch(/mail\.[\w.]+:\d+/);
    },
    SLOW_MS,
  );

  test(
    'names file and line when the result has the wrong type',
    async () => {
      expectFinding(
        await checkWith((source) =>
          source.replace(/^( {2}protected override [^\n]*\{\n)/m, "$1    return 'text';\n"),
        ),
      );
    },
    SLOW_MS,
  );

  test(
    'prints the findings as data',
    async () => {
      writeFileSync(project.path(WORKER), intact.replace('export class Mail', 'class Mail'));
      const { code, stdout } = await project.npm('run', '--silent', 'check', '--', '--format', 'json');
      expect(code).toBe(1);
      const report = JSON.parse(stdout) as { findings: { file: string; line: number; severity: string }[] };
      const found = report.findings.find(
        (finding) => finding.file === WORKER && finding.severity === 'error',
      );
      expect(found?.line).toBeGreaterThan(0);
    },
    SLOW_MS,
  );
});
