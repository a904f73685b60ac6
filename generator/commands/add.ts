import { commandLine } from '../answers/resolve.js';
import type { Answers } from '../cli/answers.js';
import type { CommandSpec } from '../cli/schema.js';
import { makePlan } from '../plan/make-plan.js';
import type { Addition } from '../plan/manifest.js';
import type { Output } from '../plan/output.js';
import { findProject } from '../project/find-project.js';
import { ownPackage } from '../project/own-package.js';
import { lookBelow } from '../writer/paths.js';
import { STATE_GITIGNORE, STATE_GITIGNORE_TEXT } from '../writer/places.js';
import { carryOut, type Outcome } from './carry-out.js';
import type { Context } from './context.js';

/** What one `add` would leave in a project. */
export interface AddedParts {
  readonly outputs: readonly Output[];
  readonly addition: Addition;
}

/** Carries out an `add` in the project that the command was started in. */
export async function add(
  context: Context,
  command: CommandSpec,
  answers: Answers,
  parts: (root: string) => Promise<AddedParts>,
): Promise<Outcome> {
  const root = findProject(context.cwd);
  const { outputs, addition } = await parts(root);
  const ignore: Output = {
    kind: 'file',
    path: STATE_GITIGNORE,
    contents: STATE_GITIGNORE_TEXT,
    existing: 'keep',
  };
  return carryOut(context, () =>
    makePlan({
      command: commandLine(command, ofCommand(command, answers)),
      root,
      look: (path) => lookBelow(root, path),
      outputs: [...outputs, ignore],
      force: context.force,
      generator: ownPackage().version,
      addition,
    }),
  );
}

/** Without the flags that every command has. */
export function ofCommand(command: CommandSpec, answers: Answers): Answers {
  const names = new Set(command.options.map((option) => option.name));
  return Object.fromEntries(
    Object.entries(answers).filter(([name, value]) => names.has(name) && value !== ''),
  );
}

/** Answers as the manifest keeps them. */
export function answerTexts(answers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(answers).filter(([, value]) => value !== ''));
}

/** @param importing gives a text the project's way to import its own files; see `importStyle` */
export function fileOutputs(
  files: readonly { path: string; contents: string }[],
  importing: (text: string) => string,
): Output[] {
  return files.map(({ path, contents }) => ({ kind: 'file', path, contents: importing(contents) }));
}
