// Writes the address of the repository wherever it is named, from where package.json has it, or as given:
//   node --import tsx scripts/repository.ts [https://github.com/<owner>/<name>]
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './bundle.mjs';

const FILES = [
  ...['.', 'runtime', 'eslint-plugin', 'typescript-plugin'].flatMap((folder) => [
    join(folder, 'package.json'),
    join(folder, 'README.md'),
  ]),
  ...['CHANGELOG.md', 'generator/checker/formats/pages.ts'],
];

function addressOf(manifest: { readonly repository: { readonly url: string } }): string {
  return manifest.repository.url.replace(/^git\+|\.git$/g, '');
}

const now = addressOf(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
const wanted = process.argv[2]?.replace(/(\.git)?\/?$/, '') ?? now;
if (!/^https:\/\/github\.com\/[\w.-]+\/[\w.-]+$/.test(wanted)) {
  console.error(`an address like https://github.com/<owner>/<name> was expected; received ${wanted}`);
  process.exit(2);
}
const slug = (address: string): string => address.slice('https://github.com/'.length);
for (const file of FILES) {
  const path = join(root, file);
  const text = readFileSync(path, 'utf8');
  // GitHub serves pictures from a place of their own.
  const changed = text
    .replaceAll(`github.com/${slug(now)}`, `github.com/${slug(wanted)}`)
    .replaceAll(`raw.githubusercontent.com/${slug(now)}`, `raw.githubusercontent.com/${slug(wanted)}`);
  if (changed !== text) writeFileSync(path, changed);
}
