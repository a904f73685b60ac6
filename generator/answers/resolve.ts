import type { Answers, Value } from '../cli/answers.js';
import { nameOf } from '../cli/parse.js';
import type { CommandSpec, OptionSpec } from '../cli/schema.js';
import type { Context } from '../commands/context.js';
import { shown, UsageError } from '../output/failure.js';
import { quoted } from '../output/shell.js';
import { nearest } from './nearest.js';

/** Completes what was typed: by questions on a terminal, else by defaults. @throws UsageError when one is missing */
export async function resolveAnswers(
  command: CommandSpec,
  typed: Answers,
  context: Context,
): Promise<Answers> {
  const answers: Record<string, Value> = { ...typed };
  for (const option of command.options) checkTyped(option, answers);
  const open = command.options.filter((option) => answers[option.name] === undefined);
  if (context.interactive && open.some((option) => option.question)) {
    const { ask } = await import('./ask.js');
    return await ask(command, open, answers, context);
  }
  const missing = open.filter((option) => option.required && !(context.yes && option.fallback));
  if (missing.length > 0) throw missingAnswer(command, typed, missing);
  for (const option of open) answers[option.name] = option.fallback?.(answers, context.environment);
  return answers;
}

function checkTyped(option: OptionSpec, answers: Answers): void {
  const value = answers[option.name];
  if (typeof value === 'string') checkValue(option, value, answers);
}

/** @throws UsageError when an option does not take the value */
export function checkValue(option: OptionSpec, value: string, answers: Answers): void {
  const choices = option.choices?.().map((choice) => choice.value);
  if (choices && !choices.includes(value) && !option.others?.(value, answers)) {
    const near = nearest(value, choices);
    const hint = near ? ` Did you mean ${near}?` : '';
    throw new UsageError(
      'ERR_CHOICE',
      `--${option.name}: expected ${choices.join(', ')}; received ${shown(value)}.${hint}`,
    );
  }
  option.check?.(value, answers);
}

function missingAnswer(command: CommandSpec, typed: Answers, missing: readonly OptionSpec[]): UsageError {
  const names = missing.map((option) => (option.positional ? `<${option.name}>` : `--${option.name}`));
  const verb = names.length === 1 ? 'is' : 'are';
  const canTakeDefaults = missing.every((option) => option.fallback);
  const defaults = canTakeDefaults ? ', or add --yes to take the defaults' : '';
  return new UsageError(
    'ERR_MISSING',
    `${names.join(' and ')} ${verb} missing and there is no terminal to ask on: run \`npx ${completed(command, typed, missing)}\`${defaults}`,
  );
}

/** The command line that was typed, with examples for what is missing. */
function completed(command: CommandSpec, typed: Answers, missing: readonly OptionSpec[]): string {
  const answers: Answers = {
    ...typed,
    ...Object.fromEntries(missing.map((option) => [option.name, exampleOf(option)])),
  };
  return commandLine(command, answers);
}

function exampleOf(option: OptionSpec): string {
  return option.example ?? option.choices?.()[0]?.value ?? 'value';
}

/** A command line that gives these answers. */
export function commandLine(command: CommandSpec, answers: Answers): string {
  const positional = command.options.filter((option) => option.positional);
  const flags = Object.entries(answers).filter(
    ([name]) => !positional.some((option) => option.name === name),
  );
  return [
    nameOf(command),
    ...positional.flatMap((option) => answers[option.name] ?? []).map((value) => quoted(String(value))),
    ...flags.flatMap(([name, value]) => flagText(name, value)),
  ].join(' ');
}

function flagText(name: string, value: Value): string[] {
  if (value === undefined) return [];
  if (typeof value === 'boolean') return [value ? `--${name}` : `--no-${name}`];
  return [`--${name}`, quoted(String(value))];
}
