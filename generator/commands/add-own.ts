import { join } from 'node:path';
import { parseName } from '../answers/names.js';
import type { Answers } from '../cli/answers.js';
import type { CommandSpec } from '../cli/schema.js';
import { ownPackage } from '../project/own-package.js';
import type { ProjectStyle } from '../style/project-style.js';
import { type Rendering, renderGenerator } from '../templates/generators.js';
import { OWN_TEMPLATES, ownKinds, settingsOfTemplates, templatesFor } from '../templates/own-templates.js';
import { type AddedParts, add, concludeAdd, fileOutputs, INSTALL_OPTION } from './add.js';

/** A command for each kind that a project has templates of its own for: `add handler Orders`. */
export function ownCommands(root: string): CommandSpec[] {
  return ownKinds(root).map((kind) => {
    const { about } = settingsOfTemplates(join(root, OWN_TEMPLATES, kind), ownPackage().version);
    const command: CommandSpec = {
      words: ['add', kind],
      about: about ?? `adds what ${OWN_TEMPLATES}/${kind} of this project makes`,
      options: [
        {
          name: 'Name',
          type: 'string',
          positional: true,
          required: true,
          question: 'What is it called?',
          example: 'Orders',
          about: 'its name; files are named after it',
          check: (value) => void parseName(kind, value),
        },
        INSTALL_OPTION,
      ],
      examples: [`npx create-mproc-worker add ${kind} Orders`],
      run: async (context, answers) => {
        const parts = (at: string, style: ProjectStyle) => ownParts(kind, at, style, answers);
        return concludeAdd(context, answers, await add(context, command, answers, parts), []);
      },
    };
    return command;
  });
}

export async function ownParts(
  kind: string,
  root: string,
  style: ProjectStyle,
  answers: Answers,
): Promise<AddedParts> {
  const named = parseName(kind, String(answers.Name));
  const rendering: Rendering = { generator: 'own', variables: { ...named, kind } };
  return {
    rendering,
    outputs: await fileOutputs(await renderGenerator(rendering, templatesFor(root)), style),
    addition: { kind, name: named.folder + named.name, answers: {} },
  };
}
