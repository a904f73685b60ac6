import { UsageError } from '../output/failure.js';
import { withoutMark } from '../project/read-json.js';

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
  const manifest = parsePackageJson(text);
  const present = {
    ...manifest.dependencies,
    ...manifest.devDependencies,
    ...manifest.optionalDependencies,
    ...manifest.peerDependencies,
  };
  let changed = false;
  for (const kind of ['dependencies', 'devDependencies'] as const) {
    const missing = Object.entries(needs[kind]).filter(([name]) => present[name] === undefined);
    if (missing.length === 0) continue;
    changed = true;
    manifest[kind] = sorted({ ...manifest[kind], ...Object.fromEntries(missing) });
  }
  return changed ? printPackageJson(manifest, text) : text;
}

/** What `npm init` writes where there is no test. */
const NO_TEST = 'echo "Error: no test specified" && exit 1';

/**
 * Adds to the text of a package.json what a new project needs and it lacks: scripts and dependencies. A script of another
 * text stays as it is, and the project's own is there as `mproc:<name>`.
 */
export function mergePackageJson(text: string, wanted: string): string {
  const ours = parsePackageJson(wanted);
  const manifest = parsePackageJson(text);
  const isNew = manifest.dependencies?.['mproc-worker'] === undefined;
  const scripts = { ...manifest.scripts };
  for (const [name, script] of Object.entries(ours.scripts ?? {})) {
    const present = scripts[name];
    if (present === undefined || present === NO_TEST) scripts[name] = script;
    else if (present !== script && isNew) scripts[`mproc:${name}`] = script;
  }
  const isSame = JSON.stringify(scripts) === JSON.stringify(manifest.scripts);
  const scripted = isSame ? text : printPackageJson({ ...manifest, scripts }, text);
  return addDependencies(scripted, {
    dependencies: ours.dependencies ?? {},
    devDependencies: ours.devDependencies ?? {},
  });
}

export function parsePackageJson(text: string): Record<string, Record<string, string> | undefined> {
  try {
    return JSON.parse(withoutMark(text)) as Record<string, Record<string, string> | undefined>;
  } catch (error) {
    throw new UsageError('ERR_PACKAGE_JSON', `package.json cannot be read: ${(error as Error).message}`);
  }
}

export function printPackageJson(manifest: object, text: string): string {
  const indentation = /^([ \t]+)"/m.exec(text)?.[1] ?? '  ';
  const lines = JSON.stringify(manifest, null, indentation);
  const last = /\r?\n$/.test(text) ? '\n' : '';
  const mark = text.startsWith('\ufeff') ? '\ufeff' : '';
  return mark + (lines + last).replaceAll('\n', text.includes('\r\n') ? '\r\n' : '\n');
}

function sorted(dependencies: Dependencies): Record<string, string> {
  return Object.fromEntries(Object.entries(dependencies).sort(([a], [b]) => (a < b ? -1 : 1)));
}
