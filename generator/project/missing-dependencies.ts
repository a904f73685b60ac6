import { dirname, join } from 'node:path';
import type { Needs } from '../edits/package-json.js';
import { ownPackage } from './own-package.js';
import { readJson } from './read-json.js';

/**
 * What generated files use and neither the project nor a package around it names: a workspace may have its tools at its
 * root.
 */
export function missingDependencies(root: string, language: 'typescript' | 'javascript'): Needs {
  const { runtimeSpec, versions } = ownPackage();
  const present = declaredAround(root);
  const lacking = (wanted: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(wanted).filter(([name]) => !present.has(name)));
  return {
    dependencies: lacking({ 'mproc-worker': runtimeSpec }),
    devDependencies: lacking({
      vitest: versions.vitest,
      ...(language === 'typescript'
        ? { '@types/node': versions.nodeTypes, typescript: versions.typescript }
        : {}),
    }),
  };
}

export function namesOf(needs: Needs): string[] {
  return Object.keys({ ...needs.dependencies, ...needs.devDependencies });
}

function declaredAround(root: string): Set<string> {
  const names = new Set<string>();
  for (let folder = root; ; folder = dirname(folder)) {
    const manifest = readJson(join(folder, 'package.json'));
    for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'])
      for (const name of Object.keys(Object(manifest[kind]))) names.add(name);
    if (folder === dirname(folder)) return names;
  }
}
