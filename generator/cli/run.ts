import { Left } from '../answers/left.js';
import { resolveAnswers } from '../answers/resolve.js';
import { createContext, PROCESS_STREAMS, type Streams } from '../commands/context.js';
import { Failure } from '../output/failure.js';
import { ownPackage } from '../project/own-package.js';
import { COMMANDS } from './commands.js';
import { helpOf } from './help.js';
import { parseCommandLine } from './parse.js';

/** Runs one command line. @returns the exit code: 0 done, 1 findings or failure, 2 wrong use, 130 left with Ctrl-C */
export async function runCommandLine(
  argv: readonly string[],
  streams: Streams = PROCESS_STREAMS,
): Promise<number> {
  try {
    const words = argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv;
    const { command, typed } = parseCommandLine(words, COMMANDS);
    if (typed.version) return print(streams, `${ownPackage().version}\n`);
    if (typed.help) return print(streams, helpOf(command, COMMANDS));
    const context = createContext(typed, streams);
    return await command.run(context, await resolveAnswers(command, typed, context));
  } catch (error) {
    return report(error, streams, argv.includes('--json'));
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
