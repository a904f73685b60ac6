import { parseArgs } from 'node:util';
import { nearest } from '../answers/nearest.js';
import { shown, UsageError } from '../output/failure.js';
import type { Answers, Value } from './answers.js';
import { COMMON_OPTIONS, type CommandSpec, type OptionSpec, PROGRAM } from './schema.js';

export interface Parsed {
  readonly command: CommandSpec;
  /** Only what was typed. */
  readonly typed: Answers;
}

interface Token {
  readonly kind: 'option' | 'positional' | 'option-terminator';
  readonly name?: string;
  readonly rawName?: string;
  readonly value?: string | undefined;
}

const SHORT: Record<string, string> = { y: 'yes', h: 'help', v: 'version' };

/** Finds the command that was typed and reads its flags. Whatever is not known is refused, with a guess at what was meant. */
export function parseCommandLine(argv: readonly string[], commands: readonly CommandSpec[]): Parsed {
  const every = [...COMMON_OPTIONS, ...commands.flatMap((command) => command.options)];
  const tokens = tokenize(argv, every);
  const positionals = tokens.filter((token) => token.kind === 'positional').map((token) => token.value ?? '');
  const command = findCommand(positionals, commands, argv);
  const options = [...COMMON_OPTIONS, ...command.options];
  const typed: Record<string, Value> = {};
  for (const token of tokens)
    if (token.kind === 'option') Object.assign(typed, flagAnswer(token, options, command));
  Object.assign(typed, positionalAnswers(command, positionals.slice(command.words.length)));
  return { command, typed };
}

function tokenize(argv: readonly string[], options: readonly OptionSpec[]): Token[] {
  const table: Record<string, { type: 'string' | 'boolean'; short?: string }> = {};
  for (const option of options) {
    if (option.positional) continue;
    const short = Object.keys(SHORT).find((letter) => SHORT[letter] === option.name);
    table[option.name] = {
      type: option.type === 'boolean' ? 'boolean' : 'string',
      ...(short ? { short } : {}),
    };
    if (option.negatable) table[`no-${option.name}`] = { type: 'boolean' };
  }
  return parseArgs({ args: [...argv], options: table, strict: false, allowPositionals: true, tokens: true })
    .tokens as unknown as Token[];
}

function findCommand(
  positionals: readonly string[],
  commands: readonly CommandSpec[],
  argv: readonly string[],
): CommandSpec {
  const [first = '', second] = positionals;
  const matches = commands.filter((command) => command.words[0] === first);
  const exact = matches.find((command) => command.words.length === 1 || command.words[1] === second);
  if (exact) return exact;
  if (matches.length > 0) return incomplete(first, second, matches, argv);
  const names = [...new Set(commands.map((command) => command.words[0] ?? '').filter((name) => name !== ''))];
  const near = first.length > 2 ? nearest(first, names) : undefined;
  if (near)
    throw new UsageError(
      'ERR_COMMAND',
      `${shown(first)} is no command; did you mean ${PROGRAM} ${near}? For a project of that name write ./${first}`,
    );
  return commands.find((command) => command.words.length === 0) as CommandSpec;
}

function incomplete(
  first: string,
  second: string | undefined,
  matches: readonly CommandSpec[],
  argv: readonly string[],
): CommandSpec {
  const kinds = matches.map((command) => command.words[1] ?? '');
  if (second === undefined && argv.some((word) => word === '--help' || word === '-h'))
    return matches[0] as CommandSpec;
  const near = second === undefined ? undefined : nearest(second, kinds);
  const received = second === undefined ? 'nothing' : shown(second);
  const hint = near ? ` Did you mean ${PROGRAM} ${first} ${near}?` : '';
  throw new UsageError(
    'ERR_COMMAND',
    `${PROGRAM} ${first}: expected ${kinds.join(', ')}; received ${received}.${hint}`,
  );
}

function positionalAnswers(command: CommandSpec, values: readonly string[]): Record<string, Value> {
  const options = command.options.filter((candidate) => candidate.positional);
  const [first] = options;
  if (first?.type === 'list') return { [first.name]: values };
  const surplus = values[options.length];
  if (surplus !== undefined)
    throw new UsageError(
      'ERR_ARGUMENT',
      `${nameOf(command)}: one argument too many: ${shown(surplus)}; see ${nameOf(command)} --help`,
    );
  return Object.fromEntries(values.map((value, index) => [options[index]?.name ?? '', value]));
}

function flagAnswer(
  token: Token,
  options: readonly OptionSpec[],
  command: CommandSpec,
): Record<string, Value> {
  const name = token.name ?? '';
  const negated =
    name.startsWith('no-') && options.find((option) => option.negatable && `no-${option.name}` === name);
  if (negated) return { [negated.name]: false };
  const option = options.find((candidate) => candidate.name === name && !candidate.positional);
  if (!option) throw unknownFlag(token.rawName ?? name, options, command);
  if (option.type === 'boolean') {
    if (token.value !== undefined)
      throw new UsageError('ERR_FLAG', `--${name} takes no value; received ${shown(token.value)}`);
    return { [name]: true };
  }
  if (token.value === undefined || token.value === '')
    throw new UsageError(
      'ERR_FLAG',
      `--${name} needs a value, as in --${name} ${option.example ?? option.placeholder ?? '<value>'}`,
    );
  return { [name]: token.value };
}

function unknownFlag(raw: string, options: readonly OptionSpec[], command: CommandSpec): UsageError {
  const flags = options.filter((option) => !option.positional).map((option) => `--${option.name}`);
  const near = nearest(raw, flags);
  const hint = near ? `did you mean ${near}?` : `see ${nameOf(command)} --help`;
  return new UsageError('ERR_FLAG', `${nameOf(command)} has no flag ${shown(raw)}; ${hint}`);
}

export function nameOf(command: CommandSpec): string {
  return [PROGRAM, ...command.words].join(' ');
}
