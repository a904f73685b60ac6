import { expect, test } from 'vitest';
import { content, repositoryFiles } from './files.js';

test('every text of a template is kept, so that `update` knows what a project was made of; if not, run `node --import tsx scripts/keep-templates.ts`', () => {
  const kept = content('generator/templates/history.jsonl')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { template: string; version: string; text: string });
  const isKept = (template: string) =>
    kept.some((one) => one.template === template && one.text === content(`templates/${template}`));
  const templates = repositoryFiles()
    .filter((path) => /^templates\/.*\.hbs$/.test(path))
    .map((path) => path.slice('templates/'.length));
  expect(templates.length).toBeGreaterThan(50);
  expect(templates.filter((template) => !isKept(template))).toEqual([]);
  expect(new Set(kept.map(({ template, text }) => `${template}\n${text}`)).size).toBe(kept.length);
});
