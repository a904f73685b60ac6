import nodePlop, { type NodePlopAPI } from 'node-plop';
import { WorkError } from '../output/failure.js';
import type { Variables } from './render.js';
import type { RenderedFile } from './subfolder.js';
import { presentTemplates, renderFolder, type TemplateSource } from './tree.js';

export type GeneratorName = 'project' | 'worker' | 'listener' | 'queue' | 'strategy' | 'own';

/** Which folders of templates a generator lays over each other; a later one wins where both have a file. */
const FOLDERS: Record<GeneratorName, (variables: Variables) => string[]> = {
  project: ({ template, place }) => ['project', String(place ?? template)],
  worker: ({ listeners, form }) => {
    if (form !== 'class') return [`worker-${form}`];
    return listeners ? ['worker', 'listener'] : ['worker'];
  },
  listener: () => ['listener'],
  queue: ({ engine }) => [`queue/${engine}`],
  strategy: () => ['strategy'],
  own: ({ kind }) => [String(kind)],
};

/** What is rendered, and with which answers. */
export interface Rendering {
  readonly generator: GeneratorName;
  readonly variables: Variables;
}

/** The folders of templates that are laid over each other. */
export function foldersOf({ generator, variables }: Rendering): string[] {
  return FOLDERS[generator](variables);
}

/**
 * Renders what a generator makes, in memory. node-plop holds the generators and runs their actions; the one kind of
 * action they have collects rendered files, as node-plop's own would write to the disk one by one.
 */
export async function renderGenerator(
  { generator: name, variables }: Rendering,
  source: TemplateSource = presentTemplates,
): Promise<RenderedFile[]> {
  const files = new Map<string, RenderedFile>();
  const plop = await nodePlop();
  defineGenerators(plop, (folder) => {
    for (const file of renderFolder(folder, variables, source)) files.set(file.path, file);
  });
  const { failures } = await plop.getGenerator(name).runActions({ ...variables });
  const failure = failures[0];
  if (failure)
    throw new WorkError('ERR_TEMPLATE', `a template of ${name} cannot be rendered: ${failure.error}`);
  return [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function defineGenerators(plop: NodePlopAPI, collect: (folder: string) => void): void {
  plop.setActionType('render', async (_answers, { folder }) => {
    collect(String(folder));
    return String(folder);
  });
  for (const [name, folders] of Object.entries(FOLDERS))
    plop.setGenerator(name, {
      prompts: [],
      actions: (answers) => folders(answers as Variables).map((folder) => ({ type: 'render', folder })),
    });
}
