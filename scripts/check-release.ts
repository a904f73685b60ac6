// Refuses to publish what does not belong to a tag, or names another repository: npm would refuse its provenance.
//   node --import tsx scripts/check-release.ts v<version> https://github.com/<owner>/<name>
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './bundle.mjs';

const [tag, address] = process.argv.slice(2);
const packages = ['.', 'runtime', 'eslint-plugin', 'typescript-plugin'];
const problems = packages.flatMap((folder) => {
  const file = join(folder, 'package.json');
  const { version, repository } = JSON.parse(readFileSync(join(root, file), 'utf8')) as {
    readonly version: string;
    readonly repository: { readonly url: string };
  };
  return [
    ...(`v${version}` === tag ? [] : [`${file} has version ${version}, and the tag is ${tag}`]),
    ...(repository.url === `git+${address}.git`
      ? []
      : [
          `${file} names ${repository.url}; run \`node --import tsx scripts/repository.ts ${address}\` and commit`,
        ]),
  ];
});
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
