// Keeps the present text of every template in generator/templates/history.jsonl, beside all that it was before: `update`
// compares projects with what their version once wrote. Run it after changing a template.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './bundle.mjs';

const file = join(root, 'generator/templates/history.jsonl');

interface Kept {
  readonly template: string;
  readonly version: string;
  readonly text: string;
}

function templatesBelow(place: string): string[] {
  return readdirSync(join(root, 'templates', place), { withFileTypes: true }).flatMap((entry) => {
    const path = place === '' ? entry.name : `${place}/${entry.name}`;
    if (entry.isDirectory()) return templatesBelow(path);
    return entry.name.endsWith('.hbs') ? [path] : [];
  });
}

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly version: string;
};
const kept = readFileSync(file, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Kept);
const isKept = (template: string, text: string): boolean =>
  kept.some((one) => one.template === template && one.text === text);
const added = templatesBelow('')
  .map(
    (template): Kept => ({
      template,
      version,
      text: readFileSync(join(root, 'templates', template), 'utf8'),
    }),
  )
  .filter(({ template, text }) => !isKept(template, text));
// Sorted by template alone, so that the texts of one stay in their order.
const all = [...kept, ...added].sort((a, b) =>
  a.template < b.template ? -1 : a.template > b.template ? 1 : 0,
);
if (added.length > 0) writeFileSync(file, `${all.map((one) => JSON.stringify(one)).join('\n')}\n`);
console.log(`${added.length} texts kept, ${all.length} in all`);
