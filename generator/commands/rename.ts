import { type NamedKind, parseName } from '../answers/names.js';
import { commandLine } from '../answers/resolve.js';
import type { Answers } from '../cli/answers.js';
import type { CommandSpec, OptionSpec } from '../cli/schema.js';
import { UsageError } from '../output/failure.js';
import { MANIFEST_PATH, type Manifest, parseManifest } from '../plan/manifest.js';
import { exportedClasses } from '../project/classes.js';
import { findProject } from '../project/find-project.js';
import { ownPackage } from '../project/own-package.js';
import { packageManagerOf } from '../project/package-manager.js';
import { sourceFolderOf } from '../project/source-folder.js';
import { followersOf, manifestRenamed } from '../rename/manifest-of-part.js';
import { findPart, PART_KINDS, type Part } from '../rename/parts.js';
import { planPart } from '../rename/plan-part.js';
import { renamePart } from '../rename/rename-part.js';
import { bytesBelow, foldersOf, lookBelow } from '../writer/paths.js';
import { ofCommand } from './add.js';
import { carryOut, conclude } from './carry-out.js';
import type { Context } from './context.js';

export const KIND_OPTION: OptionSpec = {
  name: 'kind',
  type: 'string',
  positional: true,
  required: true,
  question: 'What is it?',
  example: 'worker',
  choices: () => PART_KINDS.map((value) => ({ value })),
  about: 'worker, listener, queue or strategy',
};

export const NAME_OPTION: OptionSpec = {
  name: 'Name',
  type: 'string',
  positional: true,
  required: true,
  question: 'What is it called?',
  example: 'Sums',
  about: 'its name, with its folder where it has one: media/Resize',
};

export const RENAME: CommandSpec = {
  words: ['rename'],
  about: 'renames a worker, listener, queue or strategy; files, imports, listeners and tests follow',
  options: [
    KIND_OPTION,
    NAME_OPTION,
    {
      name: 'NewName',
      type: 'string',
      positional: true,
      required: true,
      question: 'What shall it be called?',
      example: 'Totals',
      about: 'the new name; with a folder before it, it moves there',
    },
  ],
  examples: [
    'npx create-mproc-worker rename worker Sums Totals',
    'npx create-mproc-worker rename worker Resize media/Thumbnail --dry-run',
  ],
  run: (context, answers) => change(context, RENAME, answers, String(answers.NewName)),
};

export const MOVE: CommandSpec = {
  words: ['move'],
  about: 'moves a worker, listener, queue or strategy to another folder; imports follow',
  options: [
    KIND_OPTION,
    NAME_OPTION,
    {
      name: 'folder',
      type: 'string',
      positional: true,
      required: true,
      question: 'Into which folder below that of its kind?',
      example: 'media',
      about: 'a folder below that of its kind, such as media; . for that folder itself',
    },
  ],
  examples: [
    'npx create-mproc-worker move worker Resize media',
    'npx create-mproc-worker move worker media/Resize .',
  ],
  run: (context, answers) => {
    const name = String(answers.Name).split('/').at(-1) ?? '';
    const folder = String(answers.folder).replace(/^\.\/?|\/+$/g, '');
    return change(context, MOVE, answers, folder === '' ? name : `${folder}/${name}`);
  },
};

async function change(
  context: Context,
  command: CommandSpec,
  answers: Answers,
  typed: string,
): Promise<number> {
  const root = findProject(context.cwd);
  const sourceFolder = sourceFolderOf(root);
  const kind = answers.kind as NamedKind;
  const part = findPart(root, sourceFolder, kind, String(answers.Name));
  const parsed = parseName(kind, typed);
  // Without a folder before it, a new name stays where the old one is.
  const folder = command === RENAME && !typed.includes('/') ? part.named.folder : parsed.folder;
  const isSameName = parsed.name === part.named.name;
  const to = { ...parsed, folder, kebab: isSameName ? part.named.kebab : parsed.kebab };
  if (kind === 'worker' && !isSameName) refuseTaken(root, to.name);
  const generator = ownPackage().version;
  const manifest = parseManifest(bytesBelow(root, MANIFEST_PATH), generator);
  const followers = followerFiles(root, sourceFolder, manifest, part);
  const waiting = kind === 'worker' && !isSameName ? nameInQueues(root, part) : undefined;
  const outcome = carryOut(
    context,
    () => {
      const renamed = renamePart(root, part, to, followers);
      const own = new Set([...part.files, ...followers]);
      return planPart({
        command: commandLine(command, ofCommand(command, answers)),
        root,
        look: (path) => lookBelow(root, path),
        changes: renamed,
        generator,
        manifest: (before) => manifestRenamed(before, part, to, renamed, own),
      });
    },
    () => ({ emptyFolders: part.files.flatMap(foldersOf) }),
  );
  const manager = packageManagerOf(root, context.environment);
  conclude(context, outcome, [
    ...(waiting
      ? [`jobs of ${waiting} that wait in a queue name it so: let them run before you deploy this`]
      : []),
    manager.test,
  ]);
  return 0;
}

/** A function is known by its own name, a class by its. */
function nameInQueues(root: string, { named, files }: Part): string {
  const text = lookBelow(root, files.find((path) => /\.worker\.\w+$/.test(path)) ?? '');
  return text.kind === 'file' && text.bytes.includes('defineWorker(') ? named.camel : named.name;
}

function refuseTaken(root: string, name: string): void {
  const twin = exportedClasses(root).find((found) => found.name === name);
  if (twin)
    throw new UsageError('ERR_TWIN', `there is a class ${name} in ${twin.path} already; choose another name`);
}

/** Files that are made again under the new name, though they are of another part. */
export function followerFiles(root: string, sourceFolder: string, manifest: Manifest, part: Part): string[] {
  return followersOf(manifest, part).flatMap(({ kind, name }) => {
    try {
      return findPart(root, sourceFolder, kind as NamedKind, name).files;
    } catch {
      // It was renamed or deleted by hand, so nothing of it is made again.
      return [];
    }
  });
}
