import { parsePackageJson, printPackageJson } from '../edits/package-json.js';

type Texts = Readonly<Record<string, string>>;

const KINDS = ['dependencies', 'devDependencies'] as const;

export interface PackageJsonUpdate {
  /** What the present templates give. */
  readonly fresh: string;
  /** What templates have given before. */
  readonly before: readonly string[];
  /** Packages as they were written, by the manifest. */
  readonly packages: Texts;
  /** Packages that generated code needs at the version of this generator. */
  readonly own: Texts;
}

/**
 * Brings scripts and packages up to date, entry by entry: one that is as it was written takes its new value, one that was
 * changed or removed by hand stays so, and all else is not looked at.
 */
export function updatePackageJson(text: string, { fresh, before, packages, own }: PackageJsonUpdate): string {
  const manifest = parsePackageJson(text);
  const wanted = parsePackageJson(fresh);
  const earlier = before.map(parsePackageJson);
  const scripts = entries(manifest.scripts ?? {}, wanted.scripts ?? {}, (name) =>
    earlier.flatMap((one) => one.scripts?.[name] ?? []),
  );
  const next: Record<string, Texts | undefined> = {
    ...manifest,
    ...(Object.keys(scripts).length > 0 ? { scripts } : {}),
  };
  const everNamed = new Set(earlier.flatMap((one) => KINDS.flatMap((kind) => Object.keys(one[kind] ?? {}))));
  for (const kind of KINDS) {
    const named = Object.fromEntries(
      Object.entries(manifest[kind] ?? {}).map(([name, spec]) => [name, specOf(name, spec)]),
    );
    const added = Object.entries(wanted[kind] ?? {}).filter(
      ([name]) => !isNamed(manifest, name) && packages[name] === undefined && !everNamed.has(name),
    );
    if (Object.keys(named).length + added.length > 0)
      next[kind] = sorted({ ...named, ...Object.fromEntries(added) }, named);
  }
  return JSON.stringify(next) === JSON.stringify(manifest) ? text : printPackageJson(next, text);

  function specOf(name: string, spec: string): string {
    const present = wanted.dependencies?.[name] ?? wanted.devDependencies?.[name] ?? own[name];
    const isAsWritten =
      packages[name] === undefined ? own[name] !== undefined && /^\d/.test(spec) : packages[name] === spec;
    return present !== undefined && isAsWritten ? present : spec;
  }
}

/** @param before what the templates have given an entry */
function entries(yours: Texts, wanted: Texts, before: (name: string) => readonly string[]): Texts {
  const kept = Object.entries(yours).flatMap(([name, value]) => {
    if (!before(name).includes(value)) return [[name, value]];
    return wanted[name] === undefined ? [] : [[name, wanted[name]]];
  });
  const added = Object.entries(wanted).filter(
    ([name]) => yours[name] === undefined && before(name).length === 0,
  );
  return Object.fromEntries([...kept, ...added]);
}

function isNamed(manifest: Readonly<Record<string, Texts | undefined>>, name: string): boolean {
  return [...KINDS, 'optionalDependencies', 'peerDependencies'].some(
    (kind) => manifest[kind]?.[name] !== undefined,
  );
}

/** In the order that was there; sorted in as npm does where something is added. */
function sorted(all: Texts, before: Texts): Record<string, string> {
  const isLonger = Object.keys(all).length > Object.keys(before).length;
  return isLonger ? Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1))) : { ...all };
}
