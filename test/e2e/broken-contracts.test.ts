import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Finished } from './command.js';
import { GeneratedProject } from './generated-project.js';

const SLOW_MS = 600_000;

interface Finding {
  readonly file: string;
  readonly line: number;
  readonly severity: string;
}

/** Each in a worker of its own, so that one check looks for all. */
const BREAKS: Record<string, (source: string, name: string) => string> = {
  Deleted: (source) =>
    source.replace(/^ {2}(?:\/\*\*[\s\S]*?\*\/\n {2})?protected override [\s\S]*?^ {2}}\n/m, ''),
  Private: (source, name) => source.replace(`export class ${name}`, `class ${name}`),
  Renamed: (source, name) => source.replace(`export class ${name}`, 'export class Post'),
  Mistyped: (source) => source.replace(/^( {2}protected override [^\n]*\{\n)/m, "$1    return 'text';\n"),
};

describe('npm run check', () => {
  let project: GeneratedProject;
  /** As a person reads it, and as data. */
  let checked: Finished;
  let findings: readonly Finding[];

  beforeAll(async () => {
    project = await GeneratedProject.createLinked(['--template', 'sums']);
    const added = await project.add('worker', 'Mail', '--args', 'string', '--result', 'number', '--yes');
    if (added.code !== 0) throw new Error(`the worker could not be added: ${added.output}`);
  }, SLOW_MS);
  afterAll(() => project?.remove());

  test(
    'finds nothing in what was generated',
    async () => {
      const intact = await project.npm('run', 'check');
      expect(intact, intact.output).toMatchObject({ code: 0 });
    },
    SLOW_MS,
  );

  describe('where workers are broken', () => {
    beforeAll(async () => {
      for (const [name, change] of Object.entries(BREAKS)) breakCopy(project, name, change);
      checked = await project.npm('run', 'check');
      const { code, stdout } = await project.npm('run', '--silent', 'check', '--', '--format', 'json');
      expect([checked.code, code], checked.output).toEqual([1, 1]);
      ({ findings } = JSON.parse(stdout) as { findings: Finding[] });
    }, SLOW_MS);

    test.each([
      ['process was deleted', 'deleted', '\\.worker\\.ts'],
      ['the class is no longer exported', 'private', '\\.worker\\.ts'],
      ['the export was renamed', 'renamed', '\\.[\\w.]+'],
      ['the result has the wrong type', 'mistyped', '\\.worker\\.ts'],
    ])('names file and line when %s, in words and as data', (_, file, ending) => {
      const named = `/${file}${ending}`;
      expect(checked.output).toMatch(new RegExp(`${named}:\\d+`));
      const errors = findings.filter(
        (finding) => finding.severity === 'error' && new RegExp(`${named}$`).test(finding.file),
      );
      expect(errors[0]?.line).toBeGreaterThan(0);
    });

    test('has no error of the workers that are whole', () => {
      expect(findings.filter(({ file }) => /\/(mail|sums)\./.test(file))).toEqual([]);
    });
  });
});

/** The generated worker and its test under another name, with a change to the worker. */
function breakCopy(
  project: GeneratedProject,
  name: string,
  change: (source: string, name: string) => string,
): void {
  for (const kind of ['worker.ts', 'worker.test.ts']) {
    const original = readFileSync(project.path(`src/workers/mail.${kind}`), 'utf8');
    const copy = original.replaceAll('Mail', name).replaceAll('mail', name.toLowerCase());
    const changed = kind === 'worker.ts' ? change(copy, name) : copy;
    if (kind === 'worker.ts') expect(changed, 'the change must apply to the generated worker').not.toBe(copy);
    writeFileSync(project.path(`src/workers/${name.toLowerCase()}.${kind}`), changed);
  }
}
