import type { Answers } from '../cli/answers.js';
import type { AddedParts } from '../commands/add.js';
import { listenerParts } from '../commands/add-listener.js';
import { ownParts } from '../commands/add-own.js';
import { queueParts } from '../commands/add-queue.js';
import { strategyParts } from '../commands/add-strategy.js';
import { workerParts } from '../commands/add-worker.js';
import { projectParts } from '../commands/project-parts.js';
import type { Addition, Manifest } from '../plan/manifest.js';
import type { EditOutput, FileOutput, Output } from '../plan/output.js';
import { packageManager } from '../project/package-manager.js';
import type { ProjectStyle } from '../style/project-style.js';
import type { Rendering } from '../templates/generators.js';
import { ownKinds } from '../templates/own-templates.js';

/** What one command has made in a project, as the present templates would make it. */
export interface Unit {
  /** `worker Sums`; `project` for what `create` made. */
  readonly name: string;
  readonly renderings: readonly Rendering[];
  readonly files: readonly FileOutput[];
  readonly edits: readonly EditOutput[];
  readonly packages: Readonly<Record<string, string>>;
}

/** One that cannot be made again, such as a listener whose worker is gone. */
export interface LostUnit {
  readonly name: string;
  readonly why: string;
}

type Parts = (root: string, style: ProjectStyle, answers: Answers) => Promise<AddedParts>;

const PARTS: Readonly<Record<string, Parts>> = {
  worker: workerParts,
  listener: listenerParts,
  queue: queueParts,
  strategy: strategyParts,
};

/** Makes again, in memory, all that a manifest says was made. */
export async function unitsOf(
  root: string,
  style: ProjectStyle,
  manifest: Manifest,
): Promise<{ units: Unit[]; lost: LostUnit[] }> {
  const units: Unit[] = [];
  const lost: LostUnit[] = [];
  const { answers } = manifest;
  const makings = [
    ...(answers ? [{ name: 'project', make: () => projectUnit(root, style, answers) }] : []),
    ...manifest.added.map((addition) => ({
      name: nameOf(addition),
      make: () => additionUnit(root, style, addition),
    })),
  ];
  for (const { name, make } of makings)
    try {
      units.push(await make());
    } catch (error) {
      lost.push({ name, why: (error as Error).message });
    }
  return { units, lost };
}

function nameOf({ kind, name }: Addition): string {
  return `${kind} ${name}`;
}

async function projectUnit(
  root: string,
  style: ProjectStyle,
  answers: Readonly<Record<string, string>>,
): Promise<Unit> {
  const parts = await projectParts(
    root,
    style,
    { queue: 'none', strategy: '', cwd: root, ...answers },
    packageManager(answers.pm ?? 'npm'),
  );
  return unit('project', [parts.rendering], parts.outputs, parts.packages);
}

async function additionUnit(root: string, style: ProjectStyle, addition: Addition): Promise<Unit> {
  const parts = PARTS[addition.kind] ?? ((...given) => ownParts(addition.kind, ...given));
  if (PARTS[addition.kind] === undefined && !ownKinds(root).includes(addition.kind))
    throw new Error(`there are no templates for ${addition.kind} any more`);
  const made = await parts(root, style, answersOf(addition));
  return unit(nameOf(addition), [made.rendering], made.outputs, made.packages ?? {});
}

function answersOf({ name, answers }: Addition): Answers {
  const isFunction = answers.function === 'true';
  return { args: 'number', result: 'number', events: '', ...answers, function: isFunction, Name: name };
}

function unit(
  name: string,
  renderings: readonly Rendering[],
  outputs: readonly Output[],
  packages: Readonly<Record<string, string>>,
): Unit {
  return {
    name,
    renderings,
    files: outputs.filter((output) => output.kind === 'file'),
    edits: outputs.filter((output) => output.kind === 'edit'),
    packages,
  };
}
