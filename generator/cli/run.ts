import { resolve } from 'node:path';
import { Left } from '../answers/left.js';
import { resolveAnswers } from '../answers/resolve.js';
import { ownCommands } from '../commands/add-own.js';
import { createContext, PROCESS_STREAMS, type Streams } from '../commands/context.js';
import { Failure } from '../output/failure.js';
import { findTarget } from '../project/find-project.js';
import { ownPackage } from '../project/own-package.js';
import { COMMANDS } from './commands.js';
import { helpOf, helpOfGroup } from './help.js';
import { parseCommandLine } from './parse.js';
import type { CommandSpec } from './schema.js';

/** Runs one command line. @returns the exit code: 0 done, 1 findings or failure, 2 wrong use, 130 left with Ctrl-C */
export async function runCommandLine(
  argv: readonly string[],
  streams: Streams = PROCESS_STREAMS,
): Promise<number> {
  try {
    const words = argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv;
    const commands = [...COMMANDS, ...ownCommandsAt(argv)];
    const group = groupOf(words, commands);
    if (group && /^(-h|--help)$/m.test(words.join('\n'))) return print(streams, helpOfGroup(group));
    const named = group && mayAsk(words) ? [...words, await kindOf(group)] : words;
    const { command, typed } = parseCommandLine(named, commands);
    if (typed.version) return print(streams, `${ownPackage().version}\n`);
    if (typed.help) return print(streams, helpOf(command, commands));
    const context = createContext(typed, streams);
    return await command.run(context, await resolveAnswers(command, typed, context));
  } catch (error) {
    return report(error, streams, argv.includes('--json'));
  }
}

/** The commands that begin with the one word that was typed, where that alone is none. */
function groupOf(argv: readonly string[], commands: readonly CommandSpec[]): CommandSpec[] | undefined {
  const words = argv.filter((word, index) => !word.startsWith('-') && argv[index - 1] !== '--cwd');
  const group = commands.filter(({ words: [first, second] }) => first === words[0] && second !== undefined);
  return words.length === 1 && group.length > 0 ? group : undefined;
}

function mayAsk(argv: readonly string[]): boolean {
  const { interactive } = createContext({
    yes: argv.some((word) => /^(-y|--yes)$/.test(word)),
    json: argv.includes('--json'),
  });
  return interactive;
}

/** Questions are large, and most commands ask none. */
async function kindOf(group: readonly CommandSpec[]): Promise<string> {
  const { askCommand } = await import('../answers/ask-command.js');
  return askCommand(group);
}

/** Kinds that the project has templates of its own for. */
function ownCommandsAt(argv: readonly string[]): CommandSpec[] {
  if (!argv.includes('add')) return [];
  const at = argv.indexOf('--cwd');
  const cwd = resolve(at < 0 ? '.' : (argv[at + 1] ?? '.'));
  try {
    return ownCommands(findTarget(cwd));
  } catch (error) {
    // Outside of a project there is none; the command itself says so.
    if (error instanceof Failure && error.code !== 'ERR_NO_PROJECT') throw error;
    return [];
  }
}

function print(streams: Streams, text: string): number {
  streams.stdout(text);
  return 0;
}

function report(error: unknown, streams: Streams, asJson: boolean): number {
  if (error instanceof Left) return 130;
  if (!(error instanceof Failure)) {
    streams.stderr(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return 1;
  }
  const { code, message } = error;
  streams.stderr(`${message}\n`);
  if (asJson) streams.stdout(`${JSON.stringify({ error: { code, message }, written: false }, null, 2)}\n`);
  return error.exitCode;
}
