import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NamedKind } from '../answers/names.js';
import { commandLine } from '../answers/resolve.js';
import type { Answers } from '../cli/answers.js';
import type { CommandSpec } from '../cli/schema.js';
import { loadTsMorph } from '../edits/load-ts-morph.js';
import { unbindListener } from '../edits/unbind-listener.js';
import { UsageError } from '../output/failure.js';
import { MANIFEST_PATH, type Manifest, parseManifest, sha256 } from '../plan/manifest.js';
import { findProject } from '../project/find-project.js';
import { ownPackage } from '../project/own-package.js';
import { sourceFolderOf } from '../project/source-folder.js';
import { codeFilesOf } from '../project/sources.js';
import { followersOf, manifestWithout } from '../rename/manifest-of-part.js';
import { pathsIn } from '../rename/moved-paths.js';
import { findPart, type Part } from '../rename/parts.js';
import { type FileChange, isUntouched, planPart } from '../rename/plan-part.js';
import { bytesBelow, foldersOf, lookBelow } from '../writer/paths.js';
import { ofCommand } from './add.js';
import { carryOut, conclude } from './carry-out.js';
import type { Context } from './context.js';
import { KIND_OPTION, NAME_OPTION } from './rename.js';

export const REMOVE: CommandSpec = {
  words: ['remove'],
  about: 'removes a worker, listener, queue or strategy with its tests, and what was made for it',
  options: [KIND_OPTION, NAME_OPTION],
  examples: [
    'npx create-mproc-worker remove worker Sums --dry-run',
    'npx create-mproc-worker remove listener Audit',
  ],
  run: remove,
};

async function remove(context: Context, answers: Answers): Promise<number> {
  const root = findProject(context.cwd);
  const sourceFolder = sourceFolderOf(root);
  const part = findPart(root, sourceFolder, answers.kind as NamedKind, String(answers.Name));
  const generator = ownPackage().version;
  const manifest = parseManifest(bytesBelow(root, MANIFEST_PATH), generator);
  const parts = [part, ...listenersOf(root, sourceFolder, manifest, part)];
  const gone = new Set(parts.flatMap(({ files }) => files));
  const bindings = part.kind === 'listener' ? unbound(root, part, gone) : [];
  if (!context.force) refuseUsed(root, part, gone, bindings);
  const outcome = carryOut(
    context,
    () =>
      planPart({
        command: commandLine(REMOVE, ofCommand(REMOVE, answers)),
        root,
        look: (path) => lookBelow(root, path),
        changes: [...[...gone].map((path) => removal(root, path, manifest, context.force)), ...bindings],
        generator,
        manifest: (before) => bound(manifestWithout(before, parts), before, bindings),
      }),
    () => ({ emptyFolders: [...gone].flatMap(foldersOf) }),
  );
  conclude(context, outcome, []);
  return 0;
}

/** Listeners that were added to a worker have nothing to listen to without it. */
function listenersOf(root: string, sourceFolder: string, manifest: Manifest, part: Part): Part[] {
  if (part.kind !== 'worker') return [];
  return followersOf(manifest, part).flatMap(({ name }) => {
    try {
      return [findPart(root, sourceFolder, 'listener', name)];
    } catch {
      // It is gone already.
      return [];
    }
  });
}

function removal(root: string, path: string, manifest: Manifest, force: boolean): FileChange {
  const before = readFileSync(join(root, path));
  const isKept = force || isUntouched(manifest, path, before);
  return { from: path, to: undefined, before, text: '', ...(isKept ? {} : { refused: 'you changed it' }) };
}

/** The workers that name a listener, without it. */
function unbound(root: string, part: Part, gone: ReadonlySet<string>): FileChange[] {
  const constant = `${part.named.camel}Listeners`;
  return codeFilesOf(root).flatMap((path): FileChange[] => {
    const before = readFileSync(join(root, path));
    if (gone.has(path) || !before.includes(constant)) return [];
    const text = unbindListener(loadTsMorph(root), path, before.toString('utf8'), constant);
    return before.equals(Buffer.from(text)) ? [] : [{ from: path, to: path, before, text }];
  });
}

/** A worker that was as the generator left it still is. */
function bound(manifest: Manifest, before: Manifest, bindings: readonly FileChange[]): Manifest {
  const untouched = bindings.filter((change) => isUntouched(before, change.from, change.before));
  const files = Object.fromEntries(untouched.map(({ from, text }) => [from, sha256(text)]));
  return { ...manifest, files: { ...manifest.files, ...files } };
}

function refuseUsed(
  root: string,
  part: Part,
  gone: ReadonlySet<string>,
  bindings: readonly FileChange[],
): void {
  const texts = new Map(bindings.map(({ from, text }) => [from, text]));
  const users = codeFilesOf(root)
    .filter((path) => !gone.has(path))
    .filter((path) =>
      pathsIn(root, path, texts.get(path) ?? readFileSync(join(root, path), 'utf8')).some((one) =>
        gone.has(one),
      ),
    );
  if (users.length === 0) return;
  throw new UsageError(
    'ERR_USED',
    `${part.named.name} is used in ${users.join(', ')}: take it out there first, or remove it all the same with --force`,
  );
}
