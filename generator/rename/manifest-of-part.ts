import type { Name } from '../answers/names.js';
import { type Addition, type Manifest, sha256 } from '../plan/manifest.js';
import type { Part } from './parts.js';
import { isUntouched } from './plan-part.js';
import type { RenamedFile } from './rename-part.js';

function fullName({ folder, name }: Name): string {
  return folder + name;
}

function isOf({ kind, named }: Part, addition: Addition): boolean {
  return addition.kind === kind && addition.name === fullName(named);
}

/** Whether `add` made a part; what a template of projects made is known by that template alone. */
export function isAdded(manifest: Manifest, part: Part): boolean {
  return manifest.added.some((addition) => isOf(part, addition));
}

/** Additions that were made for a part: listeners of a worker, workers that begin with a strategy. */
export function followersOf(manifest: Manifest, { kind, named }: Part): Addition[] {
  const answer = kind === 'worker' ? 'worker' : kind === 'strategy' ? 'strategy' : undefined;
  if (answer === undefined) return [];
  return manifest.added.filter(({ answers }) => answers[answer] === named.name);
}

/**
 * What a manifest says after a part got another name. Only files that are made again under the new name count as written;
 * others, such as `main.ts`, are the user's from then on.
 * @param own the part's files and those of its followers
 */
export function manifestRenamed(
  manifest: Manifest,
  part: Part,
  to: Name,
  renamed: readonly RenamedFile[],
  own: ReadonlySet<string>,
): Manifest {
  const files = { ...manifest.files };
  const edited = { ...manifest.edited };
  const wasAdded = isAdded(manifest, part);
  for (const file of renamed.filter(({ from }) => own.has(from) && files[from] !== undefined)) {
    const left = files[file.from] ?? '';
    const next = isUntouched(manifest, file.from, file.before) ? sha256(file.text) : left;
    // Made by a template of projects, it would come back if it were not known.
    if (wasAdded || file.from === file.to) {
      delete files[file.from];
      delete edited[file.from];
    }
    if (wasAdded) files[file.to] = next;
  }
  const answer = part.kind === 'strategy' ? 'strategy' : 'worker';
  const followers = new Set(followersOf(manifest, part));
  const added = manifest.added.map((addition) => {
    if (isOf(part, addition)) return { ...addition, name: fullName(to) };
    return followers.has(addition)
      ? { ...addition, answers: { ...addition.answers, [answer]: to.name } }
      : addition;
  });
  return { ...manifest, added, files, edited };
}

/** What a manifest says after parts were removed. */
export function manifestWithout(manifest: Manifest, parts: readonly Part[]): Manifest {
  const gone = parts.filter((part) => isAdded(manifest, part)).flatMap((part) => part.files);
  const without = <T>(record: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(record).filter(([path]) => !gone.includes(path)));
  return {
    ...manifest,
    added: manifest.added.filter((addition) => !parts.some((part) => isOf(part, addition))),
    files: without(manifest.files),
    edited: without(manifest.edited),
  };
}
