import { readFileSync } from 'node:fs';

const TABLE = new URL('../../../runtime/src/failpoints/failpoints.ts', import.meta.url);

/** Every failpoint that the runtime has of `queue` or `pool`, from its own table, so that a new one is not left out. */
export function failpointsOf(subject) {
  const names = [...readFileSync(TABLE, 'utf8').matchAll(/^ {2}'([a-z.-]+)':/gm)].map(([, name]) => name);
  return names.filter((name) => name.startsWith(`${subject}.`));
}

/** What is to be seen of a process that died as a failpoint told it to. */
export const DEATHS = {
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

export function diedAsTold(death, exitCode, signal) {
  const told = DEATHS[death];
  return told.signal === undefined
    ? (signal ?? undefined) === undefined && exitCode === told.exitCode
    : signal === told.signal;
}
