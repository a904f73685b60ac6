import type { NodePlopAPI } from 'node-plop';
import { checkValue, resolveAnswers } from '../answers/resolve.js';
import { COMMANDS } from '../cli/commands.js';
import type { CommandSpec, OptionSpec } from '../cli/schema.js';
import { ownCommands } from '../commands/add-own.js';
import { createContext } from '../commands/context.js';
import { Failure } from '../output/failure.js';

/** Offers every `add` to people who use plop: the same questions, the same plan, the same writer. */
export default function (plop: NodePlopAPI): void {
  const commands = [...COMMANDS, ...ownCommands(plop.getDestBasePath())];
  for (const command of commands.filter(({ words }) => words[0] === 'add')) {
    const [, kind = ''] = command.words;
    plop.setActionType(`mproc-${kind}`, (answers, { force }) => run(command, answers, force === true, plop));
    plop.setGenerator(kind, {
      description: command.about,
      prompts: command.options.filter((option) => option.question).map(questionOf),
      actions: [{ type: `mproc-${kind}` }],
    });
  }
}

function questionOf(option: OptionSpec) {
  const choices = option.choices?.().map(({ value }) => value);
  const fallback = option.fallback?.({}, process.env);
  return {
    type: choices ? 'list' : 'input',
    name: option.name,
    message: option.question ?? option.name,
    ...(choices ? { choices } : {}),
    ...(typeof fallback === 'string' ? { default: fallback } : {}),
    validate: (value: string) => verdict(option, value),
  };
}

function verdict(option: OptionSpec, value: string): true | string {
  if (value === '') return option.required ? `${option.name} is needed` : true;
  try {
    checkValue(option, value, {});
    return true;
  } catch (error) {
    if (error instanceof Failure) return error.message;
    throw error;
  }
}

async function run(
  command: CommandSpec,
  given: Record<string, unknown>,
  force: boolean,
  plop: NodePlopAPI,
): Promise<string> {
  const typed = {
    ...Object.fromEntries(
      Object.entries(given).filter(([, value]) => typeof value === 'string' && value !== ''),
    ),
    yes: true,
    force,
    cwd: plop.getDestBasePath(),
  } as Record<string, string | boolean>;
  const context = createContext(typed);
  const code = await command.run(context, await resolveAnswers(command, typed, context));
  if (code !== 0) throw new Error(`${command.words.join(' ')} ended with code ${code}`);
  return command.words.join(' ');
}
