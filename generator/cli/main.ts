import { resolveAnswers } from '../answers/resolve.js';
import { createContext } from '../commands/context.js';
import { Failure } from '../output/failure.js';
import { ownPackage } from '../project/own-package.js';
import { COMMANDS } from './commands.js';
import { helpOf } from './help.js';
import { parseCommandLine } from './parse.js';

/** Runs one command line. @returns the exit code: 0 done, 1 findings or failure, 2 wrong use, 130 left with Ctrl-C */
async function main(argv: readonly string[]): Promise<number> {
  const wantsJson = argv.includes('--json');
  try {
    const { command, typed } = parseCommandLine(argv, COMMANDS);
    if (typed.version) return print(`${ownPackage().version}\n`);
    if (typed.help) return print(helpOf(command, COMMANDS));
    const context = createContext(typed);
    return await command.run(context, await resolveAnswers(command, typed, context));
  } catch (error) {
    return report(error, wantsJson);
  }
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

function report(error: unknown, asJson: boolean): number {
  if (error instanceof Error && error.name === 'Left') return 130;
  if (!(error instanceof Failure)) {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return 1;
  }
  const { code, message } = error;
  process.stderr.write(`${message}\n`);
  if (asJson)
    process.stdout.write(`${JSON.stringify({ error: { code, message }, written: false }, null, 2)}\n`);
  return error.exitCode;
}

// A reader that left, as `| head`, is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
process.exitCode = await main(process.argv.slice(2));
