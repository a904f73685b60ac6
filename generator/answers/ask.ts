import * as prompts from '@clack/prompts';
import type { Answers, Value } from '../cli/answers.js';
import { nameOf } from '../cli/parse.js';
import type { CommandSpec, OptionSpec } from '../cli/schema.js';
import type { Context } from '../commands/context.js';
import { Left } from './left.js';
import { checkValue } from './resolve.js';

/** Asks, in the order of the schema, what was not given as a flag. */
export async function ask(
  command: CommandSpec,
  open: readonly OptionSpec[],
  given: Answers,
  context: Context,
): Promise<Answers> {
  const answers: Record<string, Value> = { ...given };
  prompts.intro(`${context.colours.bold(nameOf(command))} ${command.about}`);
  for (const option of open)
    answers[option.name] = option.question
      ? await askOne(option, answers, context)
      : option.fallback?.(answers, context.environment);
  prompts.outro('');
  return answers;
}

async function askOne(option: OptionSpec, answers: Answers, context: Context): Promise<Value> {
  const fallback = suggestionOf(option, option.fallback?.(answers, context.environment));
  const answer = await question(option, answers, fallback);
  if (typeof answer === 'symbol') {
    prompts.cancel('Nothing was written.');
    throw new Left();
  }
  return answer === '' ? fallback : answer;
}

/** What is shown in an empty field is taken by Enter. */
function suggestionOf(option: OptionSpec, fallback: Value): Value {
  return option.required && option.type === 'string' ? (fallback ?? option.example) : fallback;
}

function question(option: OptionSpec, answers: Answers, fallback: Value): Promise<string | boolean | symbol> {
  const message = option.question ?? option.name;
  if (option.type === 'boolean') return prompts.confirm({ message, initialValue: fallback !== false });
  const choices = option.choices?.();
  if (choices)
    return prompts.select({
      message,
      options: choices.map(({ value, about }) => ({
        value,
        label: value,
        ...(about ? { hint: about } : {}),
      })),
      ...(typeof fallback === 'string' ? { initialValue: fallback } : {}),
    });
  const suggestion = typeof fallback === 'string' ? fallback : '';
  return prompts.text({
    message,
    placeholder: suggestion,
    defaultValue: suggestion,
    validate: (value) =>
      problemWith(option, value === undefined || value === '' ? suggestion : value, answers),
  });
}

function problemWith(option: OptionSpec, value: string, answers: Answers): string | undefined {
  if (value === '') return option.required ? `${option.name} is needed` : undefined;
  try {
    checkValue(option, value, answers);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
