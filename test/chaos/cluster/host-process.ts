import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Network } from './network.js';

/** Something that a host has said, as a line of JSON. */
export type Fact = Readonly<Record<string, unknown>>;

export interface Host {
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  readonly isOver: boolean;
  /** The first thing it says that fits; `undefined` when it ends before. */
  until(fits: (fact: Fact) => boolean): Promise<Fact | undefined>;
  /** The last thing it said that fits. */
  last(fits: (fact: Fact) => boolean): Fact | undefined;
  kill(signal: NodeJS.Signals): boolean;
}

/** A host: its own network where there are any, its own process tree everywhere. */
export function startHost(
  network: Pick<Network, 'inside'>,
  name: string,
  { program, project }: { readonly program: string; readonly project: string },
  environment: NodeJS.ProcessEnv,
): Host {
  // The processes of its pools have the loader as well, each at its cost.
  const loader = program.endsWith('.ts') ? ['--import', 'tsx'] : [];
  const [command = '', ...words] = [...network.inside(name), process.execPath, ...loader, program];
  const child = spawn(command, words, {
    cwd: project,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: Fact[] = [];
  const listeners = new Set<(fact: Fact) => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (!line.startsWith('{')) return;
    const fact = JSON.parse(line) as Fact;
    said.push(fact);
    for (const listener of listeners) listener(fact);
  });
  const exited: Host['exited'] = new Promise((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal })),
  );
  return {
    exited,
    get isOver() {
      return child.exitCode !== null || child.signalCode !== null;
    },
    until(fits) {
      const known = said.find(fits);
      if (known) return Promise.resolve(known);
      const heard = new Promise<Fact>((resolve) => {
        listeners.add((fact) => {
          if (fits(fact)) resolve(fact);
        });
      });
      return Promise.race([heard, exited.then(() => said.find(fits))]);
    },
    last: (fits) => said.findLast(fits),
    kill: (signal) => child.kill(signal),
  };
}
