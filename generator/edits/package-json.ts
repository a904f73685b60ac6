import { UsageError } from '../output/failure.js';

type Dependencies = Readonly<Record<string, string>>;

export interface Needs {
  readonly dependencies: Dependencies;
  readonly devDependencies: Dependencies;
}

/**
 * Adds dependencies to the text of a package.json, sorted in as npm does. Those that are there already, as whatever
 * kind and version, stay. The text keeps its indentation, line ends and last line.
 */
export function addDependencies(text: string, needs: Needs): string {
  const manifest = parse(text);
  const present = { ...manifest.dependencies, ...manifest.devDependencies };
  let changed = false;
  for (const kind of ['dependencies', 'devDependencies'] as const) {
    const missing = Object.entries(needs[kind]).filter(([name]) => present[name] === undefined);
    if (missing.length === 0) continue;
    changed = true;
    manifest[kind] = sorted({ ...manifest[kind], ...Object.fromEntries(missing) });
  }
  return changed ? print(manifest, text) : text;
}

function parse(text: string): Record<string, Record<string, string> | undefined> {
  try {
    return JSON.parse(text.replace(/^\ufeff/, '')) as Record<string, Record<string, string> | undefined>;
  } catch (error) {
    throw new UsageError('ERR_PACKAGE_JSON', `package.json cannot be read: ${(error as Error).message}`);
  }
}

function print(manifest: object, text: string): string {
  const indentation = /^([ \t]+)"/m.exec(text)?.[1] ?? '  ';
  const lines = JSON.stringify(manifest, null, indentation);
  const last = /\r?\n$/.test(text) ? '\n' : '';
  return (lines + last).replaceAll('\n', text.includes('\r\n') ? '\r\n' : '\n');
}

function sorted(dependencies: Dependencies): Record<string, string> {
  return Object.fromEntries(Object.entries(dependencies).sort(([a], [b]) => (a < b ? -1 : 1)));
}
