import type { ArgsDef, CommandDef, Resolvable } from 'citty';
import { systemError } from '../errors/system-error.js';

/** A command whose errors are for people: each is one line that begins with the command. @param exitCode then */
export function inOneLine<Args extends ArgsDef>(
  name: string,
  command: CommandDef<Args>,
  exitCode = 1,
): CommandDef<Args> {
  return {
    ...command,
    async run(context) {
      try {
        refuseUnknown(context.args, await resolved(command.args), name);
        await command.run?.(context);
      } catch (error) {
        process.stderr.write(`mproc ${name}: ${(error as Error).message}\n`);
        process.exitCode = exitCode;
      }
    },
  };
}

/** Ends this program, which could not read a file of its own. */
export function failToLoad(name: string, error: unknown, exitCode: number): never {
  process.stderr.write(`mproc ${name}: ${systemError('the command could not be loaded', error).message}\n`);
  process.exit(exitCode);
}

/** The parser keeps what no command has asked for. @throws Error that names it */
function refuseUnknown(typed: { readonly _: readonly string[] }, args: ArgsDef = {}, name: string): void {
  const known = new Set(
    Object.entries(args).flatMap(([arg, definition]) => [arg, ...aliasesOf(definition)].map(plain)),
  );
  const flag = Object.keys(typed).find((key) => key !== '_' && !known.has(plain(key)));
  const seeHelp = `see mproc ${name} --help`;
  if (flag !== undefined)
    throw new Error(`has no flag ${JSON.stringify(`${flag.length > 1 ? '--' : '-'}${flag}`)}; ${seeHelp}`);
  const places = Object.values(args).filter(({ type }) => type === 'positional').length;
  if (typed._.length > places)
    throw new Error(`has no place for ${JSON.stringify(typed._[places])}; ${seeHelp}`);
}

/** `keep-failed` is `keepFailed` as well. */
const plain = (name: string) => name.replaceAll('-', '').toLowerCase();

function aliasesOf(definition: ArgsDef[string]): readonly string[] {
  return 'alias' in definition && definition.alias !== undefined ? [definition.alias].flat() : [];
}

async function resolved<T>(given: Resolvable<T> | undefined): Promise<T | undefined> {
  return typeof given === 'function' ? (given as () => T | Promise<T>)() : given;
}
