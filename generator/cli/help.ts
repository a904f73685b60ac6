import { nameOf } from './parse.js';
import { COMMON_OPTIONS, type CommandSpec, type OptionSpec, PROGRAM } from './schema.js';

/** The help of one command, made from its schema. */
export function helpOf(command: CommandSpec, commands: readonly CommandSpec[]): string {
  const isRoot = command.words.length === 0;
  return [
    `${nameOf(command)} ${command.about}`,
    '',
    'Usage',
    `  ${[nameOf(command), ...command.options.map(usageOf)].filter((part) => part !== '').join(' ')}`,
    '',
    ...(command.options.length > 0 ? ['Options', ...table(command.options), ''] : []),
    'Options of every command',
    ...table(COMMON_OPTIONS),
    '',
    'Examples',
    ...command.examples.map((example) => `  ${example}`),
    ...(isRoot ? ['', 'Commands', ...commandTable(commands)] : []),
    '',
    'Exit codes: 0 done, 1 findings or failure, 2 wrong use or files in the way (nothing is written), 130 left with Ctrl-C.',
    '',
  ].join('\n');
}

/** What several commands that begin with the same word do, each with its options. */
export function helpOfGroup(commands: readonly CommandSpec[]): string {
  const parts = commands.flatMap((command) => [
    `${nameOf(command)} ${command.options
      .filter((option) => option.positional)
      .map(usageOf)
      .join(' ')}  ${command.about}`,
    ...table(command.options.filter((option) => !option.positional)),
    '',
  ]);
  return [...parts, 'Options of every command', ...table(COMMON_OPTIONS), ''].join('\n');
}

function usageOf(option: OptionSpec): string {
  if (option.positional)
    return option.required ? `<${option.name}>` : `[${option.name}${option.type === 'list' ? '…' : ''}]`;
  const flag = flagOf(option);
  return option.required && !option.fallback ? flag : `[${flag}]`;
}

function flagOf(option: OptionSpec): string {
  if (option.positional) return option.name;
  const name = option.negatable ? `--[no-]${option.name}` : `--${option.name}`;
  const choices = option.choices?.().map((choice) => choice.value);
  if (choices && choices.join('|').length < 30) return `${name} ${choices.join('|')}`;
  return option.placeholder ? `${name} ${option.placeholder}` : name;
}

function table(options: readonly OptionSpec[]): string[] {
  const rows = options.map((option) => [flagOf(option), aboutOf(option)] as const);
  const width = Math.min(34, Math.max(...rows.map(([flag]) => flag.length)));
  return rows.map(([flag, about]) => `  ${flag.padEnd(width)}  ${about}`);
}

function aboutOf(option: OptionSpec): string {
  const choices = option.choices?.().map((choice) => choice.value);
  return choices && choices.join('|').length >= 30 ? `${option.about}: ${choices.join(', ')}` : option.about;
}

function commandTable(commands: readonly CommandSpec[]): string[] {
  const rows = commands.filter((command) => command.words.length > 0);
  const width = Math.max(...rows.map((command) => command.words.join(' ').length));
  return rows.map((command) => `  ${PROGRAM} ${command.words.join(' ').padEnd(width)}  ${command.about}`);
}
