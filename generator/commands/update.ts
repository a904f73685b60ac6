import { commandLine } from '../answers/resolve.js';
import type { Answers } from '../cli/answers.js';
import type { CommandSpec } from '../cli/schema.js';
import { UsageError } from '../output/failure.js';
import { MANIFEST_PATH, type Manifest, parseManifest } from '../plan/manifest.js';
import { findProject } from '../project/find-project.js';
import { ownPackage } from '../project/own-package.js';
import { packageManagerOf } from '../project/package-manager.js';
import { planUpdate } from '../update/plan-update.js';
import { prepareUpdate } from '../update/prepare.js';
import { bytesBelow, foldersOf, lookBelow } from '../writer/paths.js';
import { ofCommand } from './add.js';
import { carryOut, changesDependencies, conclude } from './carry-out.js';
import type { Context } from './context.js';

export const UPDATE: CommandSpec = {
  words: ['update'],
  about: 'brings generated files to the templates of this version, and keeps your changes',
  options: [],
  examples: ['npx create-mproc-worker@latest update --dry-run', 'npx create-mproc-worker@latest update'],
  run: update,
};

async function update(context: Context, answers: Answers): Promise<number> {
  const root = findProject(context.cwd);
  const manifest = manifestOf(root);
  const prepared = await prepareUpdate(root, manifest);
  for (const { name, why } of prepared.lost) context.warn(`${name} is left as it is: ${why}`);
  const outcome = carryOut(
    context,
    () =>
      planUpdate({
        command: commandLine(UPDATE, ofCommand(UPDATE, answers)),
        root,
        look: (path) => lookBelow(root, path),
        prepared,
        force: context.force,
        generator: ownPackage().version,
      }),
    ({ files }) => ({
      emptyFolders: files.filter(({ action }) => action === 'delete').flatMap(({ path }) => foldersOf(path)),
    }),
  );
  const { files } = outcome.plan;
  const open = files.filter(({ conflicts }) => conflicts !== undefined);
  const manager = packageManagerOf(root, context.environment);
  conclude(context, outcome, [
    ...open.map(({ path }) => `settle the conflicts in ${path}`),
    ...(changesDependencies(files) ? [manager.install.join(' ')] : []),
    manager.test,
  ]);
  return open.length > 0 ? 1 : 0;
}

/** @throws UsageError where the generator has made nothing, or a later version has made it */
export function manifestOf(root: string): Manifest {
  const bytes = bytesBelow(root, MANIFEST_PATH);
  const { version } = ownPackage();
  if (bytes === undefined)
    throw new UsageError(
      'ERR_NO_MANIFEST',
      `${root} has no ${MANIFEST_PATH}: nothing there was made by this generator, so there is nothing to update`,
    );
  const manifest = parseManifest(bytes, version);
  if (isLater(manifest.generator, version))
    throw new UsageError(
      'ERR_OLDER_GENERATOR',
      `${MANIFEST_PATH} was written by create-mproc-worker ${manifest.generator}, and this is ${version}: run npx create-mproc-worker@latest`,
    );
  return manifest;
}

function isLater(a: string, b: string): boolean {
  const [left, right] = [a, b].map((version) => version.split('-')[0]?.split('.').map(Number) ?? []);
  for (let part = 0; part < 3; part++) {
    const difference = (left?.[part] ?? 0) - (right?.[part] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
