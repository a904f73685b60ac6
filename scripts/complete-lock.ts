// Completes package-lock.json, or that of the folder which is named, with the optional packages of other platforms.
// npm leaves out what a registry did not serve when the file was made, and `npm ci` refuses such a file ever after.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What npm writes of a package; all else of it stays as it is. */
interface Entry {
  readonly version?: string;
  readonly cpu?: readonly string[];
  readonly os?: readonly string[];
  readonly libc?: readonly string[];
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly optional?: boolean;
  readonly link?: boolean;
  resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const file = join(dirname(fileURLToPath(import.meta.url)), '..', process.argv[2] ?? '.', 'package-lock.json');

/** Where Node.js looks for a package that `from` asks for, nearest first. */
function placesOf(from: string, name: string): string[] {
  const steps = from === '' ? [] : from.split('/node_modules/');
  const bases = steps.map((_, index) => steps.slice(0, steps.length - index).join('/node_modules/'));
  return [...bases.map((base) => `${base}/node_modules/${name}`), `node_modules/${name}`];
}

const SYSTEMS = ['android', 'darwin', 'linux', 'win32'];
const PROCESSORS = ['arm64', 'arm', 'x64', 'ia32'];

/** What npm would have written, as far as the name of the package tells. */
function entryFor(name: string, version: string, parent: Entry): Entry {
  const words = name.split(/[/-]/);
  const os = SYSTEMS.find((system) => words.includes(system));
  const cpu = PROCESSORS.find((processor) => words.includes(processor));
  return {
    version,
    ...(cpu && { cpu: [cpu] }),
    ...(parent.dev && { dev: true }),
    ...(parent.devOptional && { devOptional: true }),
    ...(words.includes('musl') && { libc: ['musl'] }),
    optional: true,
    ...(os && { os: [os] }),
  };
}

const lock = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, Entry> };
const added: Record<string, Entry> = {};
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (placesOf(path, name).some((place) => place in lock.packages)) continue;
    if (!/^\d/.test(version))
      throw new Error(`${path} asks for ${name} ${version}, which is no exact version`);
    added[`node_modules/${name}`] = entryFor(name, version, entry);
  }
}
const [root, ...others] = Object.entries({ ...lock.packages, ...added }) as [
  [string, Entry],
  ...[string, Entry][],
];
others.sort(([a], [b]) => a.localeCompare(b, 'en'));
lock.packages = Object.fromEntries([root, ...others]);
for (const entry of Object.values(lock.packages)) if (!entry.link) delete entry.resolved;
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`package-lock.json: ${Object.keys(added).length} entries added`);
