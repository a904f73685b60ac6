import { readFileSync } from 'node:fs';

const TABLE = new URL('../../../runtime/src/failpoints/failpoints.ts', import.meta.url);

/** Every failpoint that the runtime has of `queue` or `pool`, from its own table, so that a new one is not left out. */
export function failpointsOf(subject: 'queue' | 'pool'): string[] {
  const names = [...readFileSync(TABLE, 'utf8').matchAll(/^ {2}'([a-z.-]+)':/gm)].map(
    ([, name = '']) => name,
  );
  return names.filter((name) => name.startsWith(`${subject}.`));
}

/** What is to be seen of a process that died as a failpoint told it to. */
export const DEATHS: Readonly<
  Record<string, { readonly signal: NodeJS.Signals } | { readonly exitCode: number }>
> = {
  SIGKILL: { signal: 'SIGKILL' },
  SIGSEGV: { signal: 'SIGSEGV' },
  abort: { signal: 'SIGABRT' },
  'exit(0)': { exitCode: 0 },
  'exit(7)': { exitCode: 7 },
  // Nobody catches it: it is thrown when the stack has ended, as no place may catch what is meant for the process.
  uncaught: { exitCode: 1 },
  // The heap runs full, which takes some tenths of a second.
  memory: { signal: 'SIGABRT' },
};

export function diedAsTold(
  death: string,
  exitCode: number | null,
  signal: NodeJS.Signals | null | undefined,
): boolean {
  const told = DEATHS[death];
  if (told === undefined) throw new Error(`there is no death ${death}`);
  return 'signal' in told
    ? signal === told.signal
    : (signal ?? undefined) === undefined && exitCode === told.exitCode;
}
